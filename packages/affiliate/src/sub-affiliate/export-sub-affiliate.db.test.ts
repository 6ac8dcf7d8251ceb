import { readId } from '@tributary/core/ids';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Billing, openBilling, refusal, share } from '../invoice/billing.fixture.ts';
import { exportSubAffiliate } from './export-sub-affiliate.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

/** Page by page, until one is not full. */
async function exported({ context }: Billing, subAffiliateId: string, limit: number) {
  const items: Awaited<ReturnType<typeof exportSubAffiliate>>[number]['item'][] = [];
  for (let after: [number, string] | undefined; ; ) {
    const page = await exportSubAffiliate(context, { subAffiliateId, limit, ...(after && { after }) });
    items.push(...page.map(({ item }) => item));
    if (page.length < limit) return items;
    after = page.at(-1)?.position;
  }
}

/** Ann with two terms, and two months, one issued and paid; Bob, with one. */
async function openOffice() {
  const office = await openBilling(database);
  const [ann, bob] = [await office.hire('ann', { email: 'ann@example.com' }), await office.hire('bob')];
  await office.agree(ann, share(2000), '2026-07-01');
  for (const day of ['2026-06-01', '2026-07-01'])
    await office.state(day, [
      { subId: 'ann', commissionMinor: 1000 },
      { subId: 'bob', commissionMinor: 4000 },
    ]);
  await office.pay(await office.bill(ann, '2026-06'));
  await office.draft(ann, '2026-07');
  await office.bill(bob, '2026-06');
  return { office, ann, bob };
}

describe('what is held of a sub-affiliate', () => {
  it('is told thing by thing: who they are, terms, traffic, invoices, the ledger and what was done', async () => {
    const { office, ann } = await openOffice();
    const items = await exported(office, ann, 100);
    expect(items.map(({ kind, record }) => [kind, record.action ?? record.amount ?? null])).toEqual([
      ['subAffiliate', null],
      ...[1, 2].map(() => ['terms', null]),
      ['traffic', null],
      ...[1, 2].map(() => ['invoice', null]),
      ['entry', 100],
      ['entry', -100],
      ['auditRecord', 'sub_affiliate.create'],
      ['auditRecord', 'sub_affiliate.claim_traffic'],
      ['auditRecord', 'sub_affiliate.change_terms'],
      ['auditRecord', 'invoice.draft'],
      ['auditRecord', 'invoice.issue'],
      ['auditRecord', 'invoice.pay'],
      ['auditRecord', 'invoice.draft'],
    ]);
    expect(items[0]?.record).toMatchObject({ name: 'ann', email: 'ann@example.com', paymentTerms: 'net30' });
    expect(items.find(({ kind }) => kind === 'invoice')?.record).toMatchObject({
      payeeName: 'ann',
      lines: [{ kind: 'commission', basisMinor: 1000, amountMinor: 100 }],
    });
    expect(items.find(({ kind }) => kind === 'entry')?.record).toMatchObject({
      kind: 'affiliate_invoice',
      unit: 'EUR',
    });
  });

  it('is the same by pages of any size, each thing once', async () => {
    const { office, ann } = await openOffice();
    const whole = await exported(office, ann, 100);
    for (const limit of [1, 2, 7]) expect(await exported(office, ann, limit)).toEqual(whole);
  });

  it('holds nothing of others, and nothing of theirs is left out', async () => {
    const { office, ann, bob } = await openOffice();
    const text = JSON.stringify(await exported(office, ann, 100));
    expect(text).not.toContain(readId('subAffiliate', bob));
    expect(text).not.toContain(office.orgId);
    const { rows } = await database.superuser.query(
      `select conrelid::regclass::text as table from pg_constraint
       where contype = 'f' and confrelid = 'affiliate.sub_affiliates'::regclass order by 1`,
    );
    expect(rows.map((row) => row.table)).toEqual([
      'affiliate.invoices',
      'affiliate.sub_affiliate_terms',
      'affiliate.sub_affiliate_traffic',
    ]);
  });

  it('is nobody else’s', async () => {
    const [ours, theirs] = [await openOffice(), await openOffice()];
    expect(await refusal(exported(ours.office, theirs.ann, 5))).toBe('not_found');
  });
});
