import type { Bench, BenchOptions } from './bench.ts';
import { type FunctionBundle, limitsOf, withBundles } from './cold/bundles.ts';
import { measureInitCpu } from './cold/init-cpu.ts';
import type { CaseResult } from './result.ts';

const rounds = { quick: 3, full: 11 };

async function measure(bundles: readonly FunctionBundle[], { quick, log }: BenchOptions): Promise<CaseResult[]> {
  const runs = quick ? rounds.quick : rounds.full;
  log(`${bundles.length} functions, ${runs} runs each`);
  const { bareMs, loadingMs } = await measureInitCpu(bundles, runs);
  return bundles.flatMap(({ functionName, initialBytes, totalBytes }) => {
    const limits = limitsOf(functionName);
    const size = (name: string, bytes: number, limit: number): CaseResult => ({
      case: `${functionName} ${name}`,
      value: bytes / 1000,
      unit: 'KB',
      baseline: null,
      bar: { atMost: limit / 1000 },
    });
    return [
      size('at start', initialBytes, limits.initialBytes),
      size('in all', totalBytes, limits.totalBytes),
      {
        case: `${functionName} init CPU`,
        value: loadingMs(functionName) - bareMs,
        unit: 'ms',
        baseline: bareMs,
        bar: { atMost: limits.initCpuMs },
      },
    ];
  });
}

export const cold: Bench = {
  summary:
    'each function as it is deployed: bytes loaded at start and in all, CPU of loading it over that of a bare Node',
  async *run(options) {
    yield* await withBundles((bundles) => measure(bundles, options));
  },
};
