import { expireLots, releaseLots } from '@tributary/ledger/lots';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { after, day, noon, type Office, openOffice, payment, refund } from '../adjust/office.fixture.ts';
import { refusal } from '../rule/business.fixture.ts';
import { pointsAccount } from '../wallet/points-accounts.ts';
import { getPointsLiability } from './get-points-liability.ts';
import type { PointsLiability } from './points-liability.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

const report = (office: Office, now = noon) => getPointsLiability(office.context, { now });
const months = (rows: readonly { month: string | null; points: number }[]) =>
  rows.map(({ month, points }) => [month, points]);

/** What was posted against wallets in all, with the sign turned: what the books say is owed. */
async function posted(office: Office): Promise<number> {
  const [row] = await office.run((tx) =>
    tx.query<{ points: number }>(
      `select -coalesce(sum(r.amount), 0)::bigint as points from ledger.records r
       join ledger.accounts a on a.org_id = $1 and a.id = r.account_id and a.mode = 'recording' where r.org_id = $1`,
      [tx.orgId],
    ),
  );
  return row?.points ?? 0;
}

const sum = (rows: readonly { points: number }[]) => rows.reduce((total, { points }) => total + points, 0);

function expectWhole({ outstanding, available, held, pending, overdrawn }: PointsLiability): void {
  expect(sum(available.byExpiry)).toBe(available.points);
  expect(sum(pending.byRelease)).toBe(pending.points);
  expect(available.points + held.points + pending.points - overdrawn.points).toBe(outstanding.points);
}

describe('the liability report', () => {
  it('tells points by the last month they can be spent in, of the time zone of the organization', async () => {
    const office = await openOffice(database, { expiry: { months: 1, roundUp: 'month' } });
    await office.setOrganization(`time_zone = 'America/New_York'`);
    // In New York still October, so good to the end of November; then one that is not.
    await office.sell('ann', { externalId: 'a', amountMinor: 100, takenAt: new Date('2026-11-01T03:59:59Z') });
    await office.sell('ann', { externalId: 'b', amountMinor: 200, takenAt: new Date('2026-11-01T04:00:00Z') });
    await office.sell('bob', { externalId: 'c', amountMinor: 400, takenAt: new Date('2026-11-30T12:00:00Z') });
    await office.adjust('bob', { points: 8 });
    await office.adjust('bob', { points: 16, expiresAt: '2027-01-15T00:00:00Z' });
    const { available } = await report(office);
    expect(months(available.byExpiry)).toEqual([
      ['2026-11', 1],
      ['2026-12', 6],
      ['2027-01', 16],
      [null, 8],
    ]);
  });

  it('tells apart what is held, what is pending and until when, and what is overdrawn', async () => {
    const office = await openOffice(database, { pendingDays: 14 });
    await office.sell('ann', { amountMinor: 500 });
    await office.adjust('ann', { points: 100 });
    await office.hold('ann', 30);
    await office.sell('bob', { externalId: 'b', amountMinor: 300, takenAt: day('2026-11-10') });
    await office.adjust('bob', { points: -20, allowNegative: true });
    const liability = await report(office);
    expect(liability).toMatchObject({
      outstanding: { points: 88 },
      available: { points: 70 },
      held: { points: 30 },
      pending: { points: 8 },
      overdrawn: { points: 20 },
    });
    expect(months(liability.pending.byRelease)).toEqual([
      ['2026-11', 3],
      ['2026-12', 5],
    ]);
    expect(await posted(office)).toBe(88);
  });

  it('values points under the rule in force, not one that is still to come', async () => {
    const office = await openOffice(database, { pointValueMinorUnits: 2 });
    await office.addRule({ pointValueMinorUnits: 5 }, after(60));
    await office.sell('ann');
    expect(await report(office)).toMatchObject({
      currency: 'USD',
      pointValueMinorUnits: 2,
      outstanding: { points: 50, valueMinor: 100 },
    });
    expect(await report(office, after(60))).toMatchObject({ outstanding: { points: 50, valueMinor: 250 } });
    expect(await report(office, day('2025-12-31'))).toMatchObject({
      currency: null,
      outstanding: { valueMinor: null },
    });
  });

  it('of an organization without wallets is nothing, with the rule that holds', async () => {
    const office = await openOffice(database);
    expect(await report(office)).toMatchObject({
      currency: 'USD',
      outstanding: { points: 0, valueMinor: 0 },
      available: { byExpiry: [] },
    });
  });

  it('has nothing of others in it', async () => {
    const [ours, theirs] = [await openOffice(database), await openOffice(database)];
    await theirs.sell('ann');
    expect((await report(ours)).outstanding.points).toBe(0);
    expect((await report(theirs)).outstanding.points).toBe(50);
  });
});

type Step = (office: Office, at: Date) => Promise<unknown>;

const customers = fc.constantFrom('ann', 'bob');
const steps: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(customers, fc.integer({ min: 0, max: 20_000 }), fc.nat(3)).map(
    ([customer, amountMinor, sale]): Step =>
      (office, at) =>
        office.apply([payment(customer, { externalId: `pay-${sale}`, amountMinor, takenAt: at, version: at })], at),
  ),
  fc.tuple(fc.nat(3), fc.integer({ min: 1, max: 20_000 })).map(
    ([sale, amountMinor]): Step =>
      (office, at) =>
        office.apply(
          [refund({ externalId: `ref-${sale}`, paymentExternalId: `pay-${sale}`, amountMinor, version: at })],
          at,
        ),
  ),
  fc.tuple(customers, fc.integer({ min: -200, max: 200 }), fc.boolean(), fc.nat(90)).map(
    ([customer, points, allowNegative, days]): Step =>
      (office, at) => {
        const end =
          points > 0 && days > 0 ? { expiresAt: new Date(at.getTime() + days * 86_400_000).toISOString() } : {};
        return refusal(office.adjust(customer, { points, allowNegative, ...end }, at));
      },
  ),
  fc.tuple(customers, fc.integer({ min: 1, max: 100 })).map(
    ([customer, points]): Step =>
      (office) =>
        refusal(office.hold(customer, points)),
  ),
  fc.tuple(customers, fc.integer({ min: 1, max: 100 })).map(
    ([customer, points]): Step =>
      (office) =>
        refusal(office.spend(customer, points)),
  ),
  fc.constant<Step>((office, at) =>
    office.run(async (tx) => {
      await releaseLots(tx, { at, limit: 100 });
      await expireLots(tx, { at, limit: 100, intoAccountId: await pointsAccount(tx, 'expired') });
    }, 'worker'),
  ),
);

it('L37 after any history the points by their end and the rest are what the books say is owed', async () => {
  const seen = { available: 0, held: 0, pending: 0, overdrawn: 0 };
  await fc.assert(
    fc.asyncProperty(
      fc.record({
        pendingDays: fc.constantFrom(0, 20),
        expiry: fc.constantFrom(null, { months: 1, roundUp: 'day' as const }),
        clawbackPolicy: fc.constantFrom('within_balance' as const, 'allow_negative' as const),
      }),
      fc.array(fc.tuple(steps, fc.nat(20)), { minLength: 3, maxLength: 12 }),
      async (rule, history) => {
        const office = await openOffice(database, rule);
        await office.sell('ann', { externalId: 'first', amountMinor: 10_000, takenAt: noon });
        await office.sell('bob', { externalId: 'second', amountMinor: 10_000, takenAt: noon });
        let at = noon;
        for (const [step, days] of history) {
          at = new Date(at.getTime() + days * 86_400_000);
          await step(office, at);
        }
        const liability = await report(office, at);
        expectWhole(liability);
        expect(liability.outstanding.points).toBe(await posted(office));
        expect(await office.faults()).toEqual([]);
        for (const part of ['available', 'held', 'pending', 'overdrawn'] as const)
          seen[part] += liability[part].points > 0 ? 1 : 0;
      },
    ),
    { numRuns: 60 },
  );
  // The histories reach every part, or the sums above would mean little.
  expect(Object.values(seen).every((times) => times > 3)).toBe(true);
}, 120_000);
