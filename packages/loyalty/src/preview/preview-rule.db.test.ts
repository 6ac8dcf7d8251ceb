import type { PaymentFact } from '@tributary/core/facts';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { after, day, type Office, openOffice, payment, refund } from '../adjust/office.fixture.ts';
import { refusal } from '../rule/business.fixture.ts';
import { createRule } from '../rule/create-rule.ts';
import type { ruleConfig } from '../rule/rule-config.ts';
import { previewRule } from './preview-rule.ts';

type Config = Partial<z.input<typeof ruleConfig>>;

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

const addVersion = async (office: Office, config: Config, currency?: string): Promise<string> => {
  const wanted = { config: { conversionRate: 1, ...config }, ...(currency && { currency }) };
  return (await office.run((tx) => createRule({ tx, actor: 'ann' }, wanted))).id;
};
const november = { from: '2026-11-01T00:00:00Z', to: '2026-12-01T00:00:00Z' };
const preview = (office: Office, ruleId: string, period = november) =>
  office.run((tx) => previewRule({ tx }, { ruleId, period }));
const tryOut = async (office: Office, config: Config) => preview(office, await addVersion(office, config));

describe('a version of the rule tried on the past', () => {
  it('tells what sales would have earned beside what they did', async () => {
    const office = await openOffice(database);
    await office.sell('ann');
    await office.sell('bob', { externalId: 'b', amountMinor: 199 });
    expect(await tryOut(office, { conversionRate: 2, minSpendMinorUnits: 200 })).toEqual({
      sales: 2,
      earningSales: 1,
      points: 100,
      pointsActual: 51,
      difference: 49,
    });
  });

  it('would have earned what was earned, when it is the rule that was', async () => {
    const office = await openOffice(database, { pendingDays: 30, limits: { pointsEarnedPerDay: 60 } });
    await office.sell('ann');
    await office.sell('ann', { externalId: 'b', takenAt: after(1) });
    await office.sell('ann', { externalId: 'c', takenAt: after(24 * 60) });
    const result = await tryOut(office, { pendingDays: 30, limits: { pointsEarnedPerDay: 60 } });
    expect(result).toMatchObject({ sales: 3, points: 110, pointsActual: 110, difference: 0 });
  });

  it.each<[string, Config, Partial<PaymentFact>[], number]>([
    ['a cap', { maxPointsPerTransaction: 40 }, [{}], 40],
    ['lines', { items: { exclude: [{ sku: 'GIFT' }] } }, [{ lineItems: [line('GIFT', 2000), line('TEA', 3000)] }], 30],
    ['tax', { taxMode: 'exclude' }, [{ taxMinor: 500 }], 45],
    [
      'a limit of a day',
      { limits: { pointsEarnedPerDay: 70 } },
      [{}, { takenAt: after(1) }, { takenAt: after(1440) }],
      120,
    ],
    ['sales that were cancelled', {}, [{ status: 'cancelled' }], 0],
    ['sales in another currency', {}, [{ currency: 'EUR' }], 0],
    ['sales by nobody known', {}, [{ customer: null }], 0],
    ['points that expired and waited', { pendingDays: 3, expiry: { months: 1, roundUp: 'day' } }, [{}], 50],
  ])('counts %s as posting would', async (_what, config, sales, points) => {
    const office = await openOffice(database, { conversionRate: 7 });
    const facts = sales.map((change, index) => payment('ann', { externalId: `pay-${index}`, ...change }));
    await office.apply(facts);
    expect(await tryOut(office, config)).toMatchObject({ sales: sales.length, points });
  });

  it('looks away from refunds, on both sides', async () => {
    const office = await openOffice(database);
    await office.sell('ann');
    await office.apply([refund({ amountMinor: 5000 })]);
    expect(await tryOut(office, {})).toMatchObject({ points: 50, pointsActual: 50 });
  });

  it('counts sales from the first moment of the period to before its last', async () => {
    const office = await openOffice(database);
    for (const [index, text] of [
      '2026-10-31T23:59:59.999Z',
      november.from,
      '2026-11-30T23:59:59.999Z',
      november.to,
    ].entries()) {
      await office.sell('ann', { externalId: `pay-${index}`, takenAt: new Date(text), amountMinor: 100 * 10 ** index });
    }
    expect(await tryOut(office, {})).toMatchObject({ sales: 2, points: 110, pointsActual: 110 });
  });

  it('moves nothing', async () => {
    const office = await openOffice(database);
    await office.sell('ann');
    const ruleId = await addVersion(office, { conversionRate: 9 });
    const count = () =>
      office.run((tx) =>
        tx.query(
          `select (select count(*) from ledger.postings where org_id = $1) as postings,
             (select count(*) from loyalty.reward_events where org_id = $1) as events`,
          [tx.orgId],
        ),
      );
    const before = await count();
    await preview(office, ruleId);
    expect([await count(), await office.balance('ann')]).toEqual([before, 50]);
  });

  it('of a rule in another currency than the sales is nothing', async () => {
    const office = await openOffice(database);
    await office.sell('ann');
    const ruleId = await addVersion(office, {}, 'EUR');
    expect(await preview(office, ruleId)).toMatchObject({ sales: 1, earningSales: 0, points: 0, pointsActual: 50 });
  });

  it.each([
    ['that ends before it begins', '2026-11-02T00:00:00Z', '2026-11-01T00:00:00Z'],
    ['of no time', '2026-11-01T00:00:00Z', '2026-11-01T00:00:00Z'],
    ['of more than 92 days', '2026-08-01T00:00:00Z', '2026-11-01T00:00:00.001Z'],
  ])('refuses a period %s', async (_what, from, to) => {
    const office = await openOffice(database);
    const ruleId = await addVersion(office, {});
    expect(await refusal(preview(office, ruleId, { from, to }))).toBe('validation_failed');
  });

  it('is not found where it is of others', async () => {
    const [ours, theirs] = [await openOffice(database), await openOffice(database)];
    const ruleId = await addVersion(theirs, {});
    expect(await refusal(preview(ours, ruleId))).toBe('not_found');
  });

  /** Past the verbs: thousands of sales of a dollar each, a second apart. */
  async function bulk(office: Office, sales: number): Promise<void> {
    await database.superuser.query(
      `insert into loyalty.transactions (org_id, provider, provider_transaction_id, status, amount_minor, tip_minor, refunded_minor,
         currency, customer_id, transaction_at, provider_version, content_hash)
       select $1, 'square', 'sale ' || n, 'completed', 100, 0, 0, 'USD', (select id from loyalty.customers where org_id = $1),
         timestamptz '2026-11-01' + interval '1 second' * n, now(), '' from generate_series(1, $2::int) n`,
      [office.orgId, sales],
    );
    // As autovacuum does behind so many.
    await database.superuser.query('analyze');
  }

  it('of 10,000 sales is exact, and of one more is refused', async () => {
    const office = await openOffice(database);
    await office.sell('ann', { takenAt: day('2026-01-05') });
    await bulk(office, 10_000);
    const ruleId = await addVersion(office, { conversionRate: 3, limits: { pointsEarnedPerDay: 29_999 } });
    expect(await preview(office, ruleId)).toMatchObject({ sales: 10_000, earningSales: 10_000, points: 29_999 });
    await office.sell('ann', { externalId: 'last' });
    await expect(preview(office, ruleId)).rejects.toMatchObject({
      code: 'validation_failed',
      issues: [{ path: 'to' }],
    });
  });
});

function line(sku: string, amountMinor: number) {
  return { externalId: sku, name: sku, sku, quantity: 1, amountMinor };
}

it('whatever the sales and the rule: tried on the past, it tells what it earns when it is in force', async () => {
  const config: fc.Arbitrary<Config> = fc.record({
    conversionRate: fc.constantFrom(1, 0.5, 3.3),
    roundingPolicy: fc.constantFrom('floor' as const, 'ceil' as const, 'round' as const),
    minSpendMinorUnits: fc.constantFrom(0, 500),
    maxPointsPerTransaction: fc.constantFrom(null, 30),
    pendingDays: fc.constantFrom(0, 60),
    limits: fc.record({ pointsEarnedPerDay: fc.constantFrom(null, 1, 50) }),
  });
  const sale = fc.record({
    customer: fc.constantFrom('ann', 'bob', null),
    amountMinor: fc.integer({ min: 0, max: 10_000 }),
    status: fc.constantFrom('completed' as const, 'completed' as const, 'cancelled' as const),
    takenAt: fc.integer({ min: 0, max: 3 * 1440 }).map(after),
  });
  let limited = 0;
  await fc.assert(
    fc.asyncProperty(config, fc.array(sale, { minLength: 1, maxLength: 8 }), async (tried, sales) => {
      const [past, present] = [await openOffice(database), await openOffice(database, tried)];
      const facts = sales.map(({ customer, ...change }, index) =>
        payment(customer, { externalId: `pay-${index}`, ...change }),
      );
      await past.apply(facts);
      // One after the other in the order of their time, as they would have come.
      for (const fact of facts.toSorted((a, b) => a.takenAt.getTime() - b.takenAt.getTime()))
        await present.apply([fact]);
      const { points } = await tryOut(past, tried);
      const { pointsActual } = await tryOut(present, {});
      expect(points).toBe(pointsActual);
      limited += points > 0 && tried.limits?.pointsEarnedPerDay ? 1 : 0;
    }),
    { numRuns: 40 },
  );
  expect(limited).toBeGreaterThan(3);
}, 120_000);
