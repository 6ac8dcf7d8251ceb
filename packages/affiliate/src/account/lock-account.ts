import { AppError } from '@tributary/core/errors';
import type { TenantTransaction } from '@tributary/db/transaction';

/** An account whose facts nobody else writes until the transaction ends. */
export interface LockedAccount {
  brand: string;
  currency: string;
  /** IANA name. */
  timeZone: string;
  /** Days that were read whole after they had ended, as a `datemultirange`. */
  seenDays: string;
  /** What amounts of the organization are shown in. */
  baseCurrency: string;
  /** What base amounts of the account were last derived in; null: they must be derived again. */
  derivedIn: string | null;
}

/**
 * Waits for whoever writes facts of the account. A lock that stands in no row, so that a pull that finds nothing new writes nothing.
 * Two statements: what the second one reads is from after the wait.
 * @throws AppError `not_found`
 */
export async function lockAccount(tx: TenantTransaction, connectionId: string): Promise<LockedAccount> {
  const key = [tx.orgId, connectionId];
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('affiliate.stats_daily:' || $1 || ':' || $2, 0))`, key);
  const [account] = await tx.query<LockedAccount>(
    `select a.brand, a.currency, a.time_zone as "timeZone", a.seen_days::text as "seenDays", o.base_currency as "baseCurrency", a.base_currency as "derivedIn"
     from affiliate.accounts a join identity.organizations o on o.id = a.org_id
     where a.org_id = $1 and a.connection_id = $2`,
    key,
  );
  if (!account) throw new AppError('not_found', 'No such object.');
  return account;
}
