import { expect, it } from 'vitest';
import type { Bench } from './bench.ts';
import type { CaseResult } from './result.ts';
import { runBench } from './run-bench.ts';

const met: CaseResult = { case: 'size', value: 10, unit: 'KB', baseline: null, bar: { atMost: 20 } };
const missed: CaseResult = { ...met, case: 'CPU', value: 21, unit: 'ms' };
const unjudged: CaseResult = { ...met, case: 'trips', bar: null };

const benchOf = (...results: CaseResult[]): Bench => ({
  summary: 'planted',
  async *run() {
    yield* results;
  },
});
const failing: Bench = {
  summary: 'fails after its first case',
  async *run() {
    yield met;
    throw new Error('the counts differ');
  },
};

async function run(bench: Bench, json: boolean) {
  let printed = '';
  const logged: string[] = [];
  const print = (text: string) => {
    printed += text;
  };
  const output = { print, log: (line: string) => void logged.push(line) };
  const status = await runBench('planted', bench, { json, quick: true }, output);
  return { status, printed, logged };
}

it.each([
  ['every bar is met', benchOf(met, unjudged), 0],
  ['a bar is missed', benchOf(met, missed, unjudged), 1],
  ['nothing was measured', benchOf(), 1],
  ['it fails', failing, 1],
])('when %s the exit status says so', async (_, bench, status) => {
  expect((await run(bench, true)).status).toBe(status);
  expect((await run(bench, false)).status).toBe(status);
});

it('with --json stdout has one line of JSON per case and nothing else', async () => {
  const { printed } = await run(benchOf(met, missed), true);
  const lines = printed.trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual([
    { bench: 'planted', case: 'size', value: 10, unit: 'KB', baseline: null, ratio: null, bar: 20, ok: true },
    { bench: 'planted', case: 'CPU', value: 21, unit: 'ms', baseline: null, ratio: null, bar: 20, ok: false },
  ]);
});

it('of the cases it runs only those asked for, and says so when there is none', async () => {
  const asked: boolean[] = [];
  const bench: Bench = {
    summary: 'asks',
    async *run({ wants }) {
      asked.push(wants(met.case), wants(missed.case));
      yield* benchOf(met, missed).run({ quick: true, wants, log: () => undefined });
    },
  };
  let printed = '';
  const print = (text: string) => {
    printed += text;
  };
  const runOnly = (only: string) =>
    runBench('planted', bench, { json: true, quick: true, only }, { print, log: print });
  expect(await runOnly('siz')).toBe(0);
  expect(asked).toEqual([true, false]);
  expect(JSON.parse(printed)).toMatchObject({ case: 'size' });
  expect(await runOnly('nope')).toBe(1);
});

it('what went wrong goes to stderr', async () => {
  const { printed, logged } = await run(failing, true);
  expect(printed.split('\n')).toHaveLength(2);
  expect(logged.join('\n')).toContain('the counts differ');
});

it('the table marks what was missed', async () => {
  const { printed } = await run(benchOf(met, missed, unjudged), false);
  const [, size, cpu, trips] = printed.split('\n');
  expect(size).toMatch(/^size +10 KB +20 +ok$/);
  expect(cpu).toMatch(/^CPU +21 ms +20 +MISSED$/);
  expect(trips).toBe('trips  10 KB');
});
