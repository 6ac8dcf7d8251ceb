import { readId } from '@tributary/core/ids';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Billing, openBilling, refusal, share } from '../invoice/billing.fixture.ts';
import { eraseSubAffiliate } from './erase-sub-affiliate.ts';
import { forgetPayees } from './forget-payees.ts';
import { getSubAffiliate } from './get-sub-affiliate.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

const email = 'canary@example.com';
const noon = '2026-11-20T12:00:00Z';
const erase = (office: Billing, subAffiliateId: string, reason = 'asked for it', now = noon) =>
  office.as((context) => eraseSubAffiliate(context, { subAffiliateId, reason }), now);
const rows = async (office: Billing, query: string) =>
  (await database.superuser.query(`select * from (${query}) found where org_id = $1`, [office.orgId])).rows;
const payees = async (office: Billing) =>
  (await rows(office, 'select org_id, payee_name from affiliate.invoices order by number')).map(
    (row) => row.payee_name,
  );

/** Canary earned in June and July: June is issued, July a draft. */
async function withCanary() {
  const office = await openBilling(database);
  const id = await office.hire('Canary', { email }, { value: 'c-1' });
  for (const day of ['2026-06-01', '2026-07-01']) await office.state(day, [{ subId: 'c-1', commissionMinor: 1000 }]);
  const issued = await office.bill(id, '2026-06');
  const draft = await office.draft(id, '2026-07');
  return { office, id, issued, draft };
}

describe('a sub-affiliate who is erased', () => {
  it('is an id: drafts are gone, and what was issued keeps the name and stays owed', async () => {
    const { office, id, issued, draft } = await withCanary();
    expect(await erase(office, id)).toEqual({
      subAffiliateId: id,
      erasedAt: new Date(noon).toISOString(),
      nameKeptUntil: '2036-12-31',
    });
    expect(await getSubAffiliate(office.context, { subAffiliateId: id })).toMatchObject({
      ...{ name: 'Erased', email: null, status: 'archived', erasedAt: new Date(noon).toISOString() },
      terms: [{ version: 1 }],
    });
    expect(await refusal(office.get(draft.id))).toBe('not_found');
    expect(await office.get(issued.id)).toEqual(issued);
    expect(await payees(office)).toEqual(['Canary']);
    expect(await office.payable(id)).toBe(100);
    expect(await office.faults()).toEqual([]);
  });

  it('is still paid what was issued, or has it taken back, and traffic of theirs can be given to others', async () => {
    const { office, id, issued } = await withCanary();
    const other = await office.bill(id, '2026-07');
    await erase(office, id);
    expect((await office.pay(issued)).status).toBe('paid');
    expect((await office.void(other)).status).toBe('void');
    const [claim] = (await getSubAffiliate(office.context, { subAffiliateId: id })).traffic;
    const bob = await office.hire('bob');
    await office.release(id, claim?.id as string, '2026-06-30');
    await office.claim(bob, { value: 'c-1', fromDay: '2026-07-01' });
    expect(await office.drafts(bob, '2026-07')).toBe(1);
    expect(await office.faults()).toEqual([]);
  });

  it('gets nothing any more: no name, no terms, no traffic, no invoice', async () => {
    const { office, id } = await withCanary();
    await erase(office, id);
    const refusals = [
      office.update(id, { name: 'Canary' }),
      office.update(id, { status: 'active' }),
      office.agree(id, share(1), '2026-01-01'),
      office.claim(id, { value: 'more' }),
      office.drafts(id, '2026-07'),
    ];
    expect(await Promise.all(refusals.map(refusal))).toEqual(Array(refusals.length).fill('conflict'));
    expect((await office.draftAll('2026-07')).drafts).toEqual([]);
  });

  it.each([
    ['a name', `name = 'Canary'`],
    ['an address', `email = '${email}'`],
    ['to be active', `status = 'active'`],
  ])('cannot be given %s by hand either', async (_what, change) => {
    const { office, id } = await withCanary();
    await erase(office, id);
    const giving = database.superuser.query(
      `update affiliate.sub_affiliates set ${change} where org_id = $1 and id = $2`,
      [office.orgId, readId('subAffiliate', id)],
    );
    expect(await refusal(giving)).toBe('23514');
  });

  it('is recorded once, without name and address; doing it again changes nothing', async () => {
    const { office, id } = await withCanary();
    const first = await erase(office, id);
    expect(await erase(office, id, 'asked for it again', '2026-11-21T12:00:00Z')).toEqual(first);
    const records = await rows(
      office,
      `select org_id, action, reason, before, after from audit.records where action ~ '^(sub_affiliate|invoice)' order by id`,
    );
    expect(records.filter(({ action }) => action === 'sub_affiliate.erase')).toEqual([
      expect.objectContaining({ reason: 'asked for it', before: null, after: { drafts: 1, invoicesKept: 1 } }),
    ]);
    expect(JSON.stringify(records)).not.toMatch(/canary/i);
  });

  it('without an invoice leaves no name at all', async () => {
    const office = await openBilling(database);
    const id = await office.hire('Canary', { email });
    expect(await erase(office, id)).toMatchObject({ nameKeptUntil: null });
  });

  it.each(['write to ann@example.com', 'rang +1 415 555 0143'])('takes no reason like %s', async (reason) => {
    const { office, id } = await withCanary();
    expect(await refusal(erase(office, id, reason))).toBe('validation_failed');
  });

  it('is nobody else’s, and others of the organization stay who they are', async () => {
    const [{ office, id }, theirs] = [await withCanary(), await withCanary()];
    const bob = await office.hire('bob', { email: 'bob@example.com' });
    expect(await refusal(erase(office, theirs.id))).toBe('not_found');
    await erase(office, id);
    expect(await getSubAffiliate(office.context, { subAffiliateId: bob })).toMatchObject({
      ...{ name: 'bob', email: 'bob@example.com', status: 'active', erasedAt: null },
    });
    expect(await theirs.office.get(theirs.draft.id)).toEqual(theirs.draft);
  });

  it('is erased whatever else is done to them at the same time', async () => {
    const { office, id } = await withCanary();
    const others = Array.from({ length: 5 }, () => [
      office.update(id, { name: 'Canary again', email }),
      office.agree(id, share(1), '2026-01-01'),
      office.drafts(id, '2026-07'),
    ]).flat();
    await Promise.all([...others.map(refusal), erase(office, id)]);
    expect(await getSubAffiliate(office.context, { subAffiliateId: id })).toMatchObject({
      name: 'Erased',
      email: null,
    });
    const statuses = await rows(office, 'select org_id, status from affiliate.invoices');
    expect(statuses.map(({ status }) => status)).toEqual(['issued']);
  });
});

describe('the name on an issued invoice', () => {
  const forget = (day: string, failures: unknown[] = []) => {
    const report = (failure: unknown) => void failures.push(failure);
    const now = new Date(`${day}T12:00:00Z`);
    return forgetPayees({ worker: database.worker, system: database.system, now, mayGoOn: () => true, report });
  };

  /** Two invoices issued in 2014, one of them paid and one void, and one in 2026. */
  async function withPast() {
    const office = await openBilling(database);
    const id = await office.hire('Canary', { email, effectiveFrom: '2014-01-01' }, { fromDay: '2014-01-01' });
    const issueAt = async (month: string, now: string) => {
      await office.state(`${month}-05`, [{ subId: 'Canary', commissionMinor: 1000 }]);
      return office.issue(await office.draft(id, month), now);
    };
    await office.pay(await issueAt('2014-05', '2014-06-15T12:00:00Z'));
    await office.void(await issueAt('2014-06', '2014-07-15T12:00:00Z'));
    const kept = await issueAt('2026-06', noon);
    return { office, id, kept };
  }

  it('goes when ten years from the end of its year are over, invoice by invoice, and nothing else of it', async () => {
    const { office, id } = await withPast();
    const invoices = () =>
      rows(office, `select org_id, to_jsonb(i) - 'payee_name' as kept from affiliate.invoices i order by number`);
    const before = await invoices();
    expect(await erase(office, id)).toMatchObject({ nameKeptUntil: '2036-12-31' });
    expect(await forget('2024-12-31')).toBe(0);
    expect(await payees(office)).toEqual(['Canary', 'Canary', 'Canary']);
    expect(await forget('2025-01-01')).toBe(2);
    expect(await payees(office)).toEqual(['Erased', 'Erased', 'Canary']);
    expect(await forget('2036-12-31')).toBe(0);
    expect(await invoices()).toEqual(before);
    expect(await office.faults()).toEqual([]);
  });

  it('stays where nobody was erased, however old it is', async () => {
    const { office } = await withPast();
    expect(await forget('2025-01-01')).toBe(0);
    expect(await payees(office)).toEqual(['Canary', 'Canary', 'Canary']);
  });

  it.each([
    ['is kept by law still', true, 3, `payee_name = 'Erased'`],
    ['is of somebody who was not erased', false, 1, `payee_name = 'Erased'`],
    ['is to be another', true, 1, `payee_name = 'Bob'`],
    ['is to be none', true, 1, 'payee_name = null'],
    ['would change with more', true, 1, `payee_name = 'Erased', issuer_name = 'Other'`],
  ])('that %s cannot be taken away by a superuser', async (_what, isErased, number, change) => {
    const { office, id } = await withPast();
    if (isErased) await erase(office, id);
    const taking = database.superuser.query(
      `update affiliate.invoices set ${change} where org_id = $1 and number = $2`,
      [office.orgId, number],
    );
    expect(await refusal(taking)).toBe('42501');
  });

  it('of one organization is forgotten although another fails', async () => {
    await forget('2025-01-01');
    const [one, other] = [await withPast(), await withPast()];
    for (const { office, id } of [one, other]) await erase(office, id);
    await database.superuser.query(
      `create function pg_temp.fail() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$;
       create trigger fails before update on affiliate.invoices for each row when (old.org_id = '${one.office.orgId}') execute function pg_temp.fail()`,
    );
    const failures: unknown[] = [];
    try {
      expect(await forget('2025-01-01', failures)).toBe(2);
    } finally {
      await database.superuser.query('drop trigger fails on affiliate.invoices');
    }
    expect(failures).toEqual([{ orgId: one.office.orgId, error: expect.anything() }]);
    expect(await payees(other.office)).toEqual(['Erased', 'Erased', 'Canary']);
    expect(await forget('2025-01-01')).toBe(2);
  });
});
