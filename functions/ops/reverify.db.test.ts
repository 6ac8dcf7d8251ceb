import { reverify } from '@tributary/inbox/verify/reverify';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { proveWith } from '../runtime/prove-again.ts';
import { openCloverTrade, openSquareTrade, openXeroTrade } from './trade.fixture.ts';

/** One of each provider, with some deliveries in. */
async function openAll(database: TestDatabase) {
  const [square, clover, xero] = [
    await openSquareTrade(database),
    await openCloverTrade(database),
    await openXeroTrade(database),
  ];
  for (const amountMinor of [100, 200, 300]) square.merchant.takePayment({ amountMinor });
  clover.clover.takePayment(clover.merchantId, { amount: 100 });
  xero.organisation.save('Contacts', { Name: 'Ann' });
  for (const trade of [square, clover, xero]) await trade.deliver();
  return { square, clover, xero };
}

describe('stored deliveries', () => {
  let database: TestDatabase;
  let trades: Awaited<ReturnType<typeof openAll>>;
  beforeAll(async () => {
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    database = await testDatabase();
    trades = await openAll(database);
    await database.superuser.query('create temp table kept as select * from inbox.deliveries');
  });
  afterEach(async () => {
    await database.superuser.query(
      `update inbox.deliveries d set body = k.body, sha256 = k.sha256, key_id = k.key_id from kept k where k.id = d.id`,
    );
    await database.superuser.query('delete from inbox.deliveries where id not in (select id from kept)');
  });

  const keys = () => ({ square: [trades.square.key], xero: [trades.xero.key] });
  const all = { mayGoOn: () => true };

  it('that were accepted are proven again, all of them; of Clover’s the bytes are as they came', async () => {
    const report = await reverify(database.system, { prove: proveWith(keys()), ...all });
    expect(report).toMatchObject({ matchRate: 1, failed: [], next: null });
    const { square, clover, xero } = report.byProvider;
    // Created, updated and its order updated, of three payments.
    expect(square).toMatchObject({ deliveries: 9, intact: 9, proven: 9, refuted: 0 });
    expect(clover).toEqual({
      deliveries: 1,
      intact: 1,
      proven: 0,
      refuted: 0,
      keyUnknown: 0,
      notSigned: 1,
      redacted: 0,
    });
    expect(xero?.proven).toBe(xero?.deliveries);
    expect(xero?.deliveries).toBeGreaterThan(0);
  });

  it.each(['square', 'clover', 'xero'] as const)('of %s of which one byte changed are found', async (provider) => {
    const { rows } = await database.superuser.query(
      `update inbox.deliveries set body = set_byte(body, 20, get_byte(body, 20) # 1)
       where id = (select max(id::text)::uuid from inbox.deliveries where provider = $1) returning id`,
      [provider],
    );
    const report = await reverify(database.system, { prove: proveWith(keys()), ...all });
    expect(report.failed).toEqual([{ deliveryId: rows[0].id, provider, why: 'bytes_changed' }]);
    expect(report.matchRate === 1).toBe(provider === 'clover');
  });

  it('whose bytes were exchanged with their hash are refuted by the signature', async () => {
    await database.superuser.query(
      `update inbox.deliveries set body = '{}', sha256 = sha256('{}'::bytea)
       where id = (select max(id::text)::uuid from inbox.deliveries where provider = 'square')`,
    );
    const report = await reverify(database.system, { prove: proveWith(keys()), ...all });
    expect(report.failed).toMatchObject([{ provider: 'square', why: 'refuted' }]);
    expect(report.matchRate).toBeLessThan(1);
  });

  it('are not refuted for want of a key, nor proven by another', async () => {
    const report = await reverify(database.system, { prove: proveWith({ square: ['other'], xero: [] }), ...all });
    expect(report).toMatchObject({ matchRate: null, failed: [] });
    expect(report.byProvider.square).toMatchObject({ proven: 0, refuted: 0, keyUnknown: 9 });
  });

  it('from before keys had names are tried with all that there were', async () => {
    await database.superuser.query(`update inbox.deliveries set key_id = '0' where provider = 'square'`);
    const many = Array.from({ length: 40 }, (_, index) => `former ${index}`);
    const known = { ...keys(), square: [...many, trades.square.key] };
    expect(await reverify(database.system, { prove: proveWith(known), ...all })).toMatchObject({ matchRate: 1 });
    const without = { ...keys(), square: many };
    const report = await reverify(database.system, { prove: proveWith(without), ...all });
    expect(report.byProvider.square).toMatchObject({ proven: 0, refuted: 9 });
  });

  it('are gone through in turns, each once', async () => {
    await database.superuser.query(
      `insert into inbox.deliveries (provider, sha256, received_at, url, headers, key_id, body, status)
       select 'clover', sha256(n::text::bytea), now(), 'u', '{}', 'k', n::text::bytea, 'routed' from generate_series(1, 450) n`,
    );
    const prove = proveWith(keys());
    let [seen, turns]: [number, number] = [0, 0];
    for (let next: string | null = null; ; turns += 1) {
      const report = await reverify(database.system, { prove, after: next, mayGoOn: () => false });
      for (const { deliveries } of Object.values(report.byProvider)) seen += deliveries;
      next = report.next;
      if (next === null) break;
    }
    const { rows } = await database.superuser.query('select count(*)::int as stored from inbox.deliveries');
    expect(seen).toBe(rows[0].stored);
    expect(turns).toBe(3);
  });
});
