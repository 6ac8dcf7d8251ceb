import { randomUUID } from 'node:crypto';
import { pathToFileURL } from 'node:url';
import { exited, type FunctionError, type InvocationResult, payloadLimitBytes, tooLarge } from './lambda-error.ts';
import { type Instance, startInstance } from './lambda-instance.ts';
import { createTurns } from './turns.ts';

export interface LambdaOptions {
  functionName: string;
  /** Absolute path of the bundle's entry file. */
  bundlePath: string;
  /** Name of the exported handler. */
  exportName?: string;
  timeoutSeconds: number;
  memoryMb: number;
  /** Everything the function sees in `process.env`; nothing is inherited. */
  env: Readonly<Record<string, string>>;
  /** Instances at most; further invocations wait their turn. */
  concurrency: number;
  log: (line: string) => void;
}

export interface LambdaFunction {
  /** Invocations running or waiting for an instance. */
  readonly running: number;
  /** Never rejects: a failure of the function is a result with `functionError`, as `Invoke` gives it. */
  invoke(event: unknown): Promise<InvocationResult>;
  /** New invocations run the bundle as it is now on disk; running ones finish on the old one. */
  reload(): void;
  stop(): Promise<void>;
}

const describe = ({ errorType, errorMessage, trace }: FunctionError) =>
  trace === undefined ? `${errorType}: ${errorMessage}` : trace.join('\n');

/**
 * Runs one bundle the way Lambda does: an instance per concurrent invocation, kept warm between invocations,
 * killed at the timeout, replaced after a crash, which fails only its own invocation.
 */
export function createLambda(options: LambdaOptions): LambdaFunction {
  const { functionName, memoryMb, timeoutSeconds } = options;
  const turns = createTurns(options.concurrency);
  const idle: { instance: Instance; generation: number }[] = [];
  const all = new Set<Instance>();
  let generation = 0;
  let stopped = false;

  function start(): Instance {
    const bundle = pathToFileURL(options.bundlePath).href;
    const setup = { bundle, exportName: options.exportName ?? 'handler', functionName, memoryMb };
    const instance = startInstance(setup, options.env, options.log);
    all.add(instance);
    return instance;
  }

  function discard(instance: Instance): void {
    all.delete(instance);
    void instance.stop();
  }

  function warmOrNew(): { instance: Instance; generation: number } {
    for (let candidate = idle.pop(); candidate !== undefined; candidate = idle.pop()) {
      if (candidate.instance.alive && candidate.generation === generation) return candidate;
      discard(candidate.instance);
    }
    return { instance: start(), generation };
  }

  async function run(eventJson: string): Promise<InvocationResult> {
    if (stopped) return { functionError: 'Unhandled', payload: exited('', 'the function was stopped') };
    const used = warmOrNew();
    const result = await used.instance.invoke(randomUUID(), eventJson, timeoutSeconds);
    if (result.functionError !== undefined) options.log(`invocation failed: ${describe(result.payload)}`);
    if (used.instance.alive && !stopped) idle.push(used);
    else discard(used.instance);
    return result;
  }

  return {
    get running() {
      return turns.count;
    },
    async invoke(event) {
      const eventJson = JSON.stringify(event) ?? 'null';
      const bytes = Buffer.byteLength(eventJson);
      if (bytes > payloadLimitBytes) return { functionError: 'Unhandled', payload: tooLarge('event', bytes) };
      return turns.take(() => run(eventJson));
    },
    reload() {
      generation += 1;
      for (const { instance } of idle.splice(0)) discard(instance);
    },
    async stop() {
      stopped = true;
      await Promise.all([...all].map((instance) => instance.stop()));
      all.clear();
    },
  };
}
