import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Billing, openBilling, refusal, shortly } from './billing.fixture.ts';
import { listInvoices } from './list-invoices.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

const ofAnn = { subId: 'ann' };

describe('an invoice', () => {
  it('is of one currency: an amount per first deposit is in that of the terms', async () => {
    const office = await openBilling(database);
    const dollars = await openBilling(database, { orgId: office.orgId, currency: 'USD' });
    const ann = await office.hire('ann');
    await office.state('2026-06-10', [{ ...ofAnn, commissionMinor: 1000, ftdCount: 2 }]);
    await dollars.state('2026-06-10', [{ ...ofAnn, commissionMinor: 500, ftdCount: 1 }]);
    const { drafts } = await office.draftAll('2026-06');
    expect(drafts.map(({ currency, totalMinor }) => [currency, totalMinor])).toEqual([
      ['EUR', 100],
      ['USD', 50],
    ]);
    for (const { id } of drafts) await office.discard({ id });
    await office.agree(ann, { kind: 'cpa', cpaMinor: 700, currency: 'GBP' }, '2026-06-01');
    const draft = await office.draft(ann, '2026-06');
    expect([draft.currency, draft.lines.map(({ ftdCount, amountMinor }) => [ftdCount, amountMinor]).sort()]).toEqual([
      'GBP',
      [
        [1, 700],
        [2, 1400],
      ],
    ]);
  });

  it('is drafted for everybody who is active, at once', async () => {
    const office = await openBilling(database);
    const names = ['ann', 'bob', 'cleo', 'dan'];
    const ids = new Map<string, string>();
    for (const name of names) ids.set(name, await office.hire(name));
    await office.state(
      '2026-06-10',
      ['ann', 'bob', 'cleo'].map((subId, index) => ({ subId, commissionMinor: 1000 * (index + 1) })),
    );
    await office.update(ids.get('bob') as string, { status: 'archived' });
    const { drafts } = await office.draftAll('2026-06');
    expect(new Map(drafts.map(({ subAffiliateId, totalMinor }) => [subAffiliateId, totalMinor]))).toEqual(
      new Map([
        [ids.get('ann'), 100],
        [ids.get('cleo'), 300],
      ]),
    );
  });

  it('covers what earlier months left, but not a month that has a draft of its own', async () => {
    const office = await openBilling(database);
    const ann = await office.hire('ann');
    await office.state('2026-06-10', [{ ...ofAnn, commissionMinor: 1000 }]);
    await office.state('2026-07-10', [{ ...ofAnn, commissionMinor: 2000 }]);
    const june = await office.draft(ann, '2026-06');
    expect(shortly(await office.draft(ann, '2026-07'))).toEqual([['commission', '2026-07', 200]]);
    await office.discard(june);
    expect(await refusal(office.get(june.id))).toBe('not_found');
    expect(shortly(await office.bill(ann, '2026-07'))).toEqual([
      ['commission', '2026-06', 100],
      ['commission', '2026-07', 200],
    ]);
    expect(await office.drafts(ann, '2026-06')).toBe(0);
    expect(await office.drafts(ann, '2026-07')).toBe(0);
  });

  it('is listed, the newest first, by month, status and whose it is', async () => {
    const office = await openBilling(database);
    const [ann, bob] = [await office.hire('ann'), await office.hire('bob')];
    for (const month of ['2026-05', '2026-06'])
      await office.state(`${month}-10`, [
        { ...ofAnn, commissionMinor: 1000 },
        { subId: 'bob', commissionMinor: 500 },
      ]);
    for (const id of [ann, bob]) for (const month of ['2026-05', '2026-06']) await office.bill(id, month);
    const list = async (filters: object) =>
      (await listInvoices(office.context, { limit: 10, ...filters })).map(({ item }) => item.number?.slice(-1));
    expect(await list({})).toEqual(['4', '3', '2', '1']);
    expect(await list({ subAffiliateId: ann })).toEqual(['2', '1']);
    expect(await list({ month: '2026-06' })).toEqual(['4', '2']);
    expect(await list({ status: 'draft' })).toEqual([]);
    const [first] = await listInvoices(office.context, { limit: 1 });
    expect(await list({ after: first?.position })).toEqual(['3', '2', '1']);
  });

  it('is nobody else’s', async () => {
    const [ours, theirs] = [await openBilling(database), await openBilling(database)];
    const ann = await theirs.hire('ann');
    await theirs.state('2026-06-10', [{ ...ofAnn, commissionMinor: 1000 }]);
    const draft = await theirs.draft(ann, '2026-06');
    const attempts: ((office: Billing) => Promise<unknown>)[] = [
      (office) => office.get(draft.id),
      (office) => office.issue(draft),
      (office) => office.pay(draft),
      (office) => office.void(draft),
      (office) => office.discard(draft),
      (office) => office.draft(ann, '2026-06'),
    ];
    for (const attempt of attempts) expect(await refusal(attempt(ours))).toBe('not_found');
    expect((await theirs.issue(draft)).number).toBe('INV-2026-000001');
  });
});
