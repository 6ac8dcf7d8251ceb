import { AppError } from '@tributary/core/errors';
import type { TenantTransaction } from '@tributary/db/transaction';
import type { SubAffiliateRow } from './sub-affiliate.sql.ts';

/** A sub-affiliate of whom nobody else changes terms, traffic or invoices until the transaction ends. */
export interface LockedSubAffiliate extends Pick<SubAffiliateRow, 'id' | 'name' | 'paymentTerms' | 'carriesNegative'> {
  /** How often an invoice of theirs was issued or voided. */
  billed: number;
}

/** Locks them in one order for everybody. @param id a UUID; null: all that are active */
export function lockSubAffiliates(tx: TenantTransaction, id: string | null): Promise<LockedSubAffiliate[]> {
  return tx.query<LockedSubAffiliate>(
    `select id, name, payment_terms as "paymentTerms", carries_negative as "carriesNegative", billed
     from affiliate.sub_affiliates where org_id = $1 and case when $2::uuid is null then status = 'active' else id = $2 end
     order by id for no key update`,
    [tx.orgId, id],
  );
}

/** @param id a UUID @throws AppError `not_found` */
export async function lockSubAffiliate(tx: TenantTransaction, id: string): Promise<LockedSubAffiliate> {
  const [locked] = await lockSubAffiliates(tx, id);
  if (!locked) throw new AppError('not_found', 'No such object.');
  return locked;
}
