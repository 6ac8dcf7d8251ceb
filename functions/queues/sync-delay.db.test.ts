import { type FaultKind, faultKinds } from '@tributary/sandbox/kernel/faults';
import type { VirtualClock } from '@tributary/sandbox/kernel/virtual-clock';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { openOffice } from './sync.fixture.ts';
import { type Member, simulateCrowd } from './sync-crowd.fixture.ts';
import { type History, openHistory } from './sync-history.fixture.ts';

const kinds = (Object.keys(faultKinds) as FaultKind[]).filter((kind) => faultKinds[kind].phase !== 'delivery');
const hours = 4;
const crowd = 300;

/** What a question takes on the clock of the simulation: an answer, or as long as we wait for one. */
const answerMs = 200;
const timeoutMs = 10_000;
const functionMs = 270_000;

const average = (times: readonly number[]) => times.reduce((sum, time) => sum + time, 0) / times.length;

const nextTurn = () => new Promise(setImmediate);

/** Asks a simulator as it would be over a network: time passes. */
function overTime({ account, clock, requests }: History): typeof fetch {
  return async (input, init) => {
    const beganMs = clock.now().getTime();
    await clock.advance(answerMs);
    const before = requests().length;
    const answering = account.fetch(input, init);
    // Whoever awaits it below hears of it.
    answering.catch(() => undefined);
    while (requests().length === before) await nextTurn();
    const fault = requests().at(-1)?.fault ?? null;
    if (fault?.startsWith('no_answer')) await clock.advance(timeoutMs - answerMs);
    return fault === 'slow_body' ? dripIn(await answering, clock, beganMs) : answering;
  };
}

async function dripIn(response: Response, clock: VirtualClock, beganMs: number): Promise<Response> {
  let isDone = false;
  const reading = response.arrayBuffer().finally(() => {
    isDone = true;
  });
  while (!isDone) {
    await clock.advance(100);
    for (let turns = 0; turns < 5; turns += 1) await nextTurn();
  }
  if (clock.now().getTime() - beganMs > timeoutMs) throw new TypeError('fetch failed');
  return new Response(await reading, { status: response.status, headers: response.headers });
}

describe('an organization whose provider answers badly', () => {
  let database: TestDatabase;
  let opened = 1000;
  let usualMs: number;
  let alone: number[];
  beforeAll(async () => {
    database = await testDatabase();
    usualMs = (await (await open(null)).run(0, 0)).tookMs;
    alone = (await simulateCrowd(others(), hours)).map(average);
  });

  /** An organization of the crowd does what a real run of a shop with a few sales was seen to do. */
  const others = () =>
    Array.from({ length: crowd }, (): Member => ({ run: () => ({ tookMs: usualMs, dueMs: null, goesOn: false }) }));

  /** A real connection, which meets that at every question, with more sales than one page has. */
  async function open(kind: FaultKind | null, seconds = 0): Promise<Member & { runs(): number }> {
    opened += 1;
    const history = openHistory('square', opened, {});
    for (let step = 0; step < (kind === null ? 5 : 60); step += 1) await history.step();
    await history.settle();
    const { clock, account, faults } = history;
    const waitMs = kind?.startsWith('no_answer') ? 60 : 10_000;
    const office = openOffice({ database, clock, pageSize: kind === null ? 100 : 4, timeoutMs: waitMs, limits: {} });
    const shop = await office.open({ ...account, fetch: overTime(history) });
    if (kind !== null) faults.plan({ fault: kind as 'html', seconds, times: Number.POSITIVE_INFINITY });
    const epochMs = clock.now().getTime();
    const at = (ms: number) => new Date(epochMs + ms);
    let runs = 0;
    return {
      runs: () => runs,
      run: async (startMs, scheduledMs) => {
        runs += 1;
        if (at(startMs) > clock.now()) await clock.set(at(startMs));
        await office.rows(
          'update sync.connections set next_run_at = $2 where id = $1',
          shop.connectionId,
          at(scheduledMs),
        );
        const hasTime = () => clock.now().getTime() - epochMs - startMs < functionMs;
        const outcome = await office.run(shop, { mayGoOn: hasTime });
        const [due] = await office.rows<{ at: Date }>(
          'select next_run_at as at from sync.connections where id = $1',
          shop.connectionId,
        );
        const dueMs = (due?.at.getTime() ?? 0) - epochMs;
        return {
          tookMs: clock.now().getTime() - epochMs - startMs,
          dueMs: dueMs === Math.round(scheduledMs) ? null : dueMs,
          goesOn: outcome === 'out_of_time',
        };
      },
    };
  }

  it('is one of a crowd that wait for each other', () => {
    // Or a worker that is held would not be missed.
    expect(Math.max(...alone)).toBeGreaterThan(2 * usualMs);
  });

  it.each([
    ...kinds.map((kind) => ({ kind, seconds: faultKinds[kind].seconds })),
    // The one above never comes in time; this one does, slowly.
    { kind: 'slow_body', seconds: 0.5 } as const,
  ])('delays nobody else’s sync by more than a tenth: $kind, $seconds s', async ({ kind, seconds }) => {
    const bad = await open(kind, seconds);
    const besides = (await simulateCrowd([...others(), bad], hours)).map(average);
    const ratios = alone.map((took, member) => (besides[member] ?? Number.NaN) / took);
    expect(bad.runs()).toBeGreaterThan(3);
    expect(Math.max(...ratios)).toBeGreaterThan(1);
    expect(Math.max(...ratios)).toBeLessThanOrEqual(1.1);
  });
});
