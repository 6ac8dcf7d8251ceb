import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import fc from 'fast-check';
import { beforeAll, expect, it } from 'vitest';
import { Dealing, mid } from './dealing.fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

const day = fc
  .record({ month: fc.constantFrom('09', '10', '11'), day: fc.integer({ min: 1, max: 28 }) })
  .map((it) => `2026-${it.month}-${String(it.day).padStart(2, '0')}`);
const campaign = fc.constantFrom('', 'a', 'b');
const amount = fc.integer({ min: -3000, max: 3000 });
const terms = fc.record({
  cpa: fc.record({ amountMinor: fc.nat(500) }),
  revenueShare: fc.record({
    shareBps: fc.integer({ min: 0, max: 5000 }),
    method: fc.constantFrom('whole' as const, 'marginal' as const),
    tiers: fc.constantFrom(1000, 2000).map((minNgrMinor) => [{ anyOf: [{ minNgrMinor }], shareBps: 6000 }]),
  }),
  flatMinor: fc.nat(1000),
  caps: fc.record({
    ftdPerDay: fc.option(fc.integer({ min: 1, max: 3 })),
    ftdPerMonth: fc.option(fc.integer({ min: 1, max: 9 })),
  }),
});
const carryOver = fc.record({
  mode: fc.constantFrom('none' as const, 'carry' as const, 'brand' as const, 'organization' as const),
  basis: fc.constantFrom('ngr' as const, 'commission' as const),
});

type Step = (dealing: Dealing, deals: string[]) => Promise<unknown>;

/** Refusals are of no interest here: the history goes on without what was refused. */
const tried = (work: Promise<unknown>) =>
  work.catch((error: { code?: unknown }) => expect(error.code).toMatch(/^[a-z_]+$/));

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.tuple(day, campaign, amount, fc.nat(4)).map(
      ([at, name, ngrMinor, ftdCount]): Step =>
        (dealing) =>
          dealing.tell({ day: at, campaign: name, ngrMinor, ftdCount, commissionMinor: ngrMinor }),
    ),
  },
  { weight: 2, arbitrary: fc.constant((dealing: Dealing) => dealing.settle()) },
  fc.tuple(day, campaign, terms, carryOver).map(
    ([startsOn, name, said, carried]): Step =>
      (dealing, deals) =>
        tried(
          dealing
            .create({ startsOn, campaign: name, terms: said, carryOver: carried })
            .then(({ id }) => deals.push(id)),
        ),
  ),
  fc.tuple(fc.nat(5), day, terms).map(
    ([at, from, said]): Step =>
      async (dealing, deals) => {
        const deal = deals[at];
        if (deal) await tried(dealing.change(deal, from, said));
      },
  ),
  fc.tuple(fc.nat(5), day).map(
    ([at, last]): Step =>
      async (dealing, deals) => {
        const deal = deals[at];
        if (deal) await tried(dealing.end(deal, last));
      },
  ),
);

/** Everything computed as if it had never been. */
async function fromScratch(dealing: Dealing): Promise<unknown> {
  const { orgId } = dealing.programme;
  await database.superuser.query('delete from affiliate.deal_months where org_id = $1', [orgId]);
  await database.superuser.query('update affiliate.deals set computed_through = null where org_id = $1', [orgId]);
  await dealing.settle();
  return dealing.figures();
}

it('whatever happens in whatever order, months are what computing all of them anew makes of them', async () => {
  let months = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 14 }), async (steps) => {
      const dealing = await Dealing.open(database);
      const deals: string[] = [];
      for (const take of steps) await take(dealing, deals);
      await dealing.settle(mid);
      const figures = await dealing.figures();
      months += figures.length;
      expect(await dealing.settle(mid)).toEqual({ written: 0 });
      expect(figures).toEqual(await fromScratch(dealing));
    }),
    { numRuns: 120 },
  );
  expect(months).toBeGreaterThan(100);
}, 120_000);
