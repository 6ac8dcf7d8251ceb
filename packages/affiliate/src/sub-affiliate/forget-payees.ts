import type { Database } from '@tributary/db/connection';
import { systemStatement, type TenantTransaction, withTenant } from '@tributary/db/transaction';

interface ForgettingDependencies {
  worker: Database;
  system: Database;
  now: Date;
  /** Whether there is time for another organization. */
  mayGoOn: () => boolean;
  /** Hears of an organization where it failed: the others' are forgotten. */
  report: (failure: { orgId: string; error: unknown }) => void;
}

/**
 * Takes the names of erased sub-affiliates from issued invoices that the law no longer keeps, each organization in a transaction of its
 * own. Doing so again changes nothing.
 * @returns how many invoices lost a name
 */
export async function forgetPayees({ worker, system, now, mayGoOn, report }: ForgettingDependencies): Promise<number> {
  const due = await systemStatement<{ orgId: string }>(
    system,
    'select distinct org_id as "orgId" from affiliate.sub_affiliates where forget_from <= $1::date order by org_id',
    [now],
  );
  let forgotten = 0;
  for (const { orgId } of due) {
    if (!mayGoOn()) break;
    try {
      forgotten += await withTenant({ database: worker, orgId }, (tx) => forgetDue(tx, now));
    } catch (error) {
      report({ orgId, error });
    }
  }
  return forgotten;
}

async function forgetDue(tx: TenantTransaction, now: Date): Promise<number> {
  const due = await tx.query<{ id: string }>(
    'select id from affiliate.sub_affiliates where org_id = $1 and forget_from <= $2::date order by id for no key update',
    [tx.orgId, now],
  );
  const ids = due.map(({ id }) => id);
  const forgotten = await tx.query(
    `update affiliate.invoices set payee_name = 'Erased'
     where org_id = $1 and sub_affiliate_id = any ($2) and payee_name <> 'Erased' and affiliate.name_kept_until(issued_on) < $3::date
     returning id`,
    [tx.orgId, ids, now],
  );
  await tx.query(
    `update affiliate.sub_affiliates s set forget_from = (select min(affiliate.name_kept_until(i.issued_on)) + 1 from affiliate.invoices i
       where i.org_id = $1 and i.sub_affiliate_id = s.id and i.payee_name <> 'Erased')
     where s.org_id = $1 and s.id = any ($2)`,
    [tx.orgId, ids],
  );
  return forgotten.length;
}
