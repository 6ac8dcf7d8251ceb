import { AppError } from '@tributary/core/errors';
import type { TenantTransaction } from '@tributary/db/transaction';
import type { SubAffiliateRow } from './sub-affiliate.sql.ts';

/** A sub-affiliate of whom nobody else changes terms, traffic or invoices until the transaction ends. */
export interface LockedSubAffiliate
  extends Pick<SubAffiliateRow, 'id' | 'name' | 'paymentTerms' | 'carriesNegative' | 'erasedAt'> {
  /** How often an invoice of theirs was issued or voided. */
  billed: number;
}

/**
 * Locks them in one order for everybody, for what is to come.
 * @param id a UUID; null: all that are active
 * @throws AppError `conflict` for one who was erased
 */
export async function lockSubAffiliates(tx: TenantTransaction, id: string | null): Promise<LockedSubAffiliate[]> {
  const locked = await lock(tx, id);
  if (locked.some(({ erasedAt }) => erasedAt !== null))
    throw new AppError('conflict', 'The sub-affiliate was erased: only what was issued is left to settle.');
  return locked;
}

/** One for what is to come. @param id a UUID @throws AppError `not_found`; `conflict` for one who was erased */
export async function lockPresent(tx: TenantTransaction, id: string): Promise<LockedSubAffiliate> {
  return found(await lockSubAffiliates(tx, id));
}

/** One for what was: erased or not. @param id a UUID @throws AppError `not_found` */
export async function lockSubAffiliate(tx: TenantTransaction, id: string): Promise<LockedSubAffiliate> {
  return found(await lock(tx, id));
}

function lock(tx: TenantTransaction, id: string | null): Promise<LockedSubAffiliate[]> {
  return tx.query<LockedSubAffiliate>(
    `select id, name, payment_terms as "paymentTerms", carries_negative as "carriesNegative", erased_at as "erasedAt", billed
     from affiliate.sub_affiliates where org_id = $1 and case when $2::uuid is null then status = 'active' else id = $2 end
     order by id for no key update`,
    [tx.orgId, id],
  );
}

function found([locked]: readonly LockedSubAffiliate[]): LockedSubAffiliate {
  if (!locked) throw new AppError('not_found', 'No such object.');
  return locked;
}
