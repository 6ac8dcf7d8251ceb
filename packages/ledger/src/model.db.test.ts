import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { reconcile } from './reconcile.ts';
import { type Operation, operations } from './test/course.ts';
import { Model } from './test/model.ts';
import { type Picture, pictureOfLedger, pictureOfModel } from './test/picture.ts';
import { chart, inLedger, inModel, openChart } from './test/run-operation.ts';

const courses = 2000;
const interleavings = 160;

describe('the ledger', () => {
  let database: TestDatabase;
  let organizations: string[];
  beforeAll(async () => {
    database = await testDatabase();
    const { rows } = await database.superuser.query(
      `insert into identity.organizations (name) select 'model ' || n from generate_series(1, $1) n returning id`,
      [2 * (courses + interleavings)],
    );
    organizations = rows.map(({ id }) => id);
  });
  const open = () => openChart(database, organizations.pop() ?? '');

  /** Checks a property over so many runs, some at a time. */
  const assertAll = (property: fc.IAsyncProperty<[Operation[]]>, numRuns: number, lanes: number) =>
    Promise.all(Array.from({ length: lanes }, () => fc.assert(property, { numRuns: numRuns / lanes })));

  /** Entries that took a balance below its floor, but for those that may and those that were granted before. */
  function belowFloor({ entries }: Picture) {
    return Object.entries(entries).flatMap(([code, lines]) => {
      const { floor } = chart[code as keyof typeof chart];
      return lines.filter(
        ([, kind, amount, after]) =>
          floor !== null && amount < 0 && after < floor && kind !== 'clawback' && kind !== 'capture',
      );
    });
  }

  it(`does what the model does, over ${courses} courses of business`, async () => {
    const follows = fc.asyncProperty(operations, async (course) => {
      const { tx, ledger } = await open();
      const model = new Model(chart);
      await tx(async (open) => {
        for (const one of course) {
          expect([one.do, await inLedger(ledger, open, one)]).toEqual([one.do, inModel(model, one)]);
        }
        const picture = await pictureOfLedger(open);
        expect(picture).toEqual(pictureOfModel(model));
        expect(belowFloor(picture)).toEqual([]);
        expect(await reconcile(open, new Date())).toEqual([]);
      });
    });
    await assertAll(follows, courses, 8);
  }, 120_000);

  it('holds when all of a course is asked at once, and everything twice: each key once, no bound passed, the books sound', async () => {
    const survives = fc.asyncProperty(operations, async ([opening, held, ...rest]) => {
      const { tx, ledger, wrong } = await open();
      const run = async (one: Operation) => ({ one, result: await tx((open) => inLedger(ledger, open, one)) });
      for (const first of [opening, held]) if (first) await run(first);
      const done = await Promise.all([...rest, ...rest].map(run));
      expect(await wrong()).toEqual([]);

      const picture = await tx(pictureOfLedger);
      expect(belowFloor(picture)).toEqual([]);
      const happened = (what: Operation['do'], outcome: string, keys: (one: Operation) => string[]) =>
        done
          .filter(({ one }) => one.do === what)
          .flatMap(({ one, result }) => keys(one).filter((_, index) => [result].flat()[index] === outcome));
      const posted = [
        ...happened('post', 'posted', (one) => (one.do === 'post' ? one.batch.map(({ key }) => key) : [])),
        ...happened('reverse', 'posted', (one) => (one.do === 'reverse' ? [one.wanted.key] : [])),
      ];
      expect(new Set(posted).size).toBe(posted.length);
      const captured = happened('resolve', 'posted', (one) =>
        one.do === 'resolve' ? one.asked.map(([key]) => key) : [],
      );
      const taken = Object.entries(picture.holds).flatMap(([key, [status]]) => (status === 'posted' ? [key] : []));
      expect(captured.sort()).toEqual(taken.sort());
    });
    await assertAll(survives, interleavings, 2);
  }, 60_000);
});
