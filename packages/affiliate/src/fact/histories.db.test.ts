import { type DailyStats, dailyMetrics } from '@tributary/core/daily-stats';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { openProgramme, type Programme } from '../account/programme.fixture.ts';
import { createModel, keyOf, type Model } from './model.fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

const dayAt = (at: number) => `2026-11-${String(at).padStart(2, '0')}`;

const names = fc.constantFrom('', 'a', 'B', 'ü', '😀', '\uFFFD', 'a b', '{"\\,}', 'NULL');
const rowOf = fc.record({
  day: fc.integer({ min: 1, max: 8 }),
  campaign: names,
  source: fc.constantFrom('', 's'),
  subId: names,
  metrics: fc.array(fc.integer({ min: -2, max: 2 }), { minLength: 7, maxLength: 7 }),
});
const pull = fc.record({
  from: fc.integer({ min: 1, max: 8 }),
  length: fc.integer({ min: 0, max: 7 }),
  /** The day on which it is pulled, so that some days still go on. */
  on: fc.integer({ min: 1, max: 12 }),
  isComplete: fc.boolean(),
  rows: fc.array(rowOf, { maxLength: 12 }),
  /** How many of the last pull's rows come again as they were. */
  again: fc.integer({ min: 0, max: 12 }),
});
type Pull = typeof pull extends fc.Arbitrary<infer Value> ? Value : never;

/** What is pulled one after the other from one account, and what the model makes of it. */
async function follow(programme: Programme, model: Model, pulls: readonly Pull[]): Promise<void> {
  let former: DailyStats[] = [];
  for (const { from, length, on, isComplete, rows, again } of pulls) {
    const window = { from: dayAt(from), to: dayAt(Math.min(8, from + length)) };
    const fresh = rows.map(({ day, metrics, ...grain }) =>
      programme.row(dayAt(day), {
        ...grain,
        ...Object.fromEntries(dailyMetrics.map((metric, at) => [metric, metrics[at]])),
      }),
    );
    const said = [...former.slice(0, again), ...fresh].filter(({ day }) => day >= window.from && day <= window.to);
    former = said;
    const at = `${dayAt(on)}T12:00:00Z`;
    const expected = model.apply(window, said, at, isComplete);
    expect(await programme.apply(window, said, at, isComplete)).toMatchObject(expected);
    expect(await programme.apply(window, said, at, isComplete)).toEqual({ written: 0, zeroed: 0, changes: 0 });
    model.apply(window, said, at, isComplete);
  }
}

const inOrder = (rows: readonly { day: string; metric: string; from: number; to: number }[]) =>
  rows.map((row) => JSON.stringify([row.day, row.metric, row.from, row.to])).toSorted();

describe('whatever a network says, in any order', () => {
  it('S0-037, S0-038, A36–A40, A60: facts, restatements and marked days are those of the model, beside another account', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(pull, { maxLength: 4 }), fc.array(pull, { maxLength: 2 }), async (ours, theirs) => {
        const one = await openProgramme(database);
        const other = await openProgramme(database, { orgId: one.orgId });
        const models = [createModel(), createModel()] as const;
        await Promise.all([follow(one, models[0], ours), follow(other, models[1], theirs)]);
        for (const [programme, model] of [
          [one, models[0]],
          [other, models[1]],
        ] as const) {
          const facts = (await programme.facts()) as unknown as DailyStats[];
          const stored = facts.map((fact) => [
            keyOf(fact),
            Object.fromEntries(dailyMetrics.map((metric) => [metric, fact[metric]])),
          ]);
          expect(Object.fromEntries(stored)).toEqual(Object.fromEntries(model.facts()));
          expect(inOrder(await programme.changes())).toEqual(inOrder(model.changes));
        }
        expect(await one.dirtyDays()).toEqual(
          [...new Set(models.flatMap(({ dirtyDays }) => [...dirtyDays]))].toSorted(),
        );
      }),
      { numRuns: 300 },
    );
  }, 240_000);
});
