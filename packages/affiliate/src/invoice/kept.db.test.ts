import { readId } from '@tributary/core/ids';
import { withTenant } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Billing, openBilling, refusal } from './billing.fixture.ts';
import type { InvoiceDetail } from './invoice.ts';

let database: TestDatabase;
let office: Billing;
let another: Billing;
let issued: InvoiceDetail;
let draft: InvoiceDetail;
beforeAll(async () => {
  database = await testDatabase();
  office = await openBilling(database);
  another = await openBilling(database);
  const ann = await office.hire('ann');
  for (const month of ['2026-05', '2026-06'])
    await office.state(`${month}-10`, [{ subId: 'ann', commissionMinor: 1000 }]);
  issued = await office.bill(ann, '2026-05');
  draft = await office.draft(ann, '2026-06');
});

const drawing = 'update affiliate.invoice_numbers set last_number = last_number + 1 where org_id = $1';
const refused = { code: '42501' };
const idOf = ({ id }: InvoiceDetail) => `'${readId('invoice', id)}'`;

const changes: readonly [what: string, statement: () => string][] = [
  ['its total', () => `update affiliate.invoices set total_minor = 1 where id = ${idOf(issued)}`],
  ['its number', () => `update affiliate.invoices set number = 9 where id = ${idOf(issued)}`],
  ['the name on it', () => `update affiliate.invoices set payee_name = 'bob' where id = ${idOf(issued)}`],
  [
    'whether it was issued',
    () =>
      `update affiliate.invoices set status = 'draft', number = null, issued_at = null, issued_on = null, due_on = null, issuer_name = null,
           payee_name = null, posting_id = null where id = ${idOf(issued)}`,
  ],
  [
    'its total, as it is paid',
    () =>
      `update affiliate.invoices set status = 'paid', paid_at = now(), payment_id = uuidv7(), total_minor = 1 where id = ${idOf(issued)}`,
  ],
  ['itself', () => `delete from affiliate.invoices where id = ${idOf(issued)}`],
  ['a line', () => `update affiliate.invoice_lines set amount_minor = 1 where invoice_id = ${idOf(issued)}`],
  ['its lines', () => `delete from affiliate.invoice_lines where invoice_id = ${idOf(issued)}`],
  [
    'what it does not say',
    () =>
      `insert into affiliate.invoice_lines (org_id, invoice_id, position, kind, amount_minor)
           values ('${office.orgId}', ${idOf(issued)}, 9, 'carried_in', 5)`,
  ],
  ['a line of a draft', () => `update affiliate.invoice_lines set amount_minor = 1 where invoice_id = ${idOf(draft)}`],
  ['the last number', () => `update affiliate.invoice_numbers set last_number = 7 where org_id = '${office.orgId}'`],
  [
    'how many there are',
    () => `update affiliate.invoice_numbers set last_number = last_number + 1 where org_id = '${office.orgId}'`,
  ],
  [
    'what the first is',
    () => `insert into affiliate.invoice_numbers (org_id, last_number) values ('${another.orgId}', 2)`,
  ],
  ['that there was one', () => `delete from affiliate.invoice_numbers where org_id = '${office.orgId}'`],
  ['all numbers', () => 'truncate affiliate.invoice_numbers'],
  ['all lines', () => 'truncate affiliate.invoice_lines'],
  ['all invoices', () => 'truncate affiliate.invoices cascade'],
  ['what was agreed', () => 'update affiliate.sub_affiliate_terms set share_bps = 1'],
];

describe('an issued invoice is kept as it is, whoever asks', () => {
  it.each(changes)('a superuser cannot change or remove %s', async (_what, statement) => {
    await expect(database.superuser.query(statement())).rejects.toMatchObject(refused);
  });

  it.each(['api', 'worker'] as const)('nor can the %s login, as the organization', async (login) => {
    const context = { database: database[login], orgId: office.orgId };
    for (const [what, statement] of changes)
      expect([what, await refusal(withTenant(context, (tx) => tx.query(statement(), [])))]).toEqual([what, '42501']);
  });

  it('nor can the owner, who sees none of them', async () => {
    await expect(database.owner.pool.query('truncate affiliate.invoice_lines')).rejects.toMatchObject(refused);
    for (const table of ['affiliate.invoices', 'affiliate.invoice_lines'])
      expect((await database.owner.pool.query(`delete from ${table}`)).rowCount).toBe(0);
  });

  it.each([
    ['that is not the sum of its lines', 1, 0],
    ['with a number that was not drawn', 0, 1],
  ])('and none is issued %s', async (_what, more, further) => {
    const issue = (totalMinor: number, number: number) =>
      database.superuser.query(
        `update affiliate.invoices set status = 'issued', total_minor = ${totalMinor}, number = ${number}, issued_at = now(),
           issued_on = now(), issuer_name = 'x', payee_name = 'x', posting_id = uuidv7() where id = ${idOf(draft)}`,
      );
    await database.superuser.query('begin');
    await database.superuser.query(drawing, [office.orgId]);
    await database.superuser.query('savepoint drawn');
    await expect(issue(draft.totalMinor + more, 2 + further)).rejects.toMatchObject(refused);
    await database.superuser.query('rollback to drawn');
    expect((await issue(draft.totalMinor, 2)).rowCount).toBe(1);
    await database.superuser.query('rollback');
  });

  it('a line that is added while its draft is issued waits, and is refused', async () => {
    const key = [office.orgId, readId('invoice', draft.id)];
    let adding: Promise<unknown> | undefined;
    await office.run(async (tx) => {
      const [self] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
      await tx.query(drawing, [office.orgId]);
      await tx.query(
        `update affiliate.invoices set status = 'issued', number = 2, issued_at = now(), issued_on = now(),
           issuer_name = 'x', payee_name = 'x', posting_id = uuidv7() where org_id = $1 and id = $2`,
        key,
      );
      adding = refusal(
        database.superuser.query(
          `insert into affiliate.invoice_lines (org_id, invoice_id, position, kind, amount_minor) values ($1, $2, 9, 'carried_in', 5)`,
          key,
        ),
      );
      await untilSomebodyWaitsFor(self?.pid);
    });
    expect(await adding).toBe('42501');
  });
});

async function untilSomebodyWaitsFor(pid: number | undefined): Promise<void> {
  for (;;) {
    const { rows } = await database.system.pool.query(
      'select count(*)::int as waiting from pg_stat_activity where $1 = any (pg_blocking_pids(pid))',
      [pid],
    );
    if (rows[0].waiting > 0) return;
  }
}
