import type { TenantTransaction } from '@tributary/db/transaction';
import { type LockedAccount, lockAccount } from '../account/lock-account.ts';
import { markDays } from '../fact/mark-days.ts';
import { amountColumns, dayRates, minorScale, toBase } from './base-amounts.ts';

/** Days that one transaction derives at most: some thousands of rows, and no lock for long. */
const daysPerStep = 14;

export interface Derivation {
  /** Rows that were rewritten. */
  rewritten: number;
  /** Whether every base amount of the account is what it must be; otherwise there is another step. */
  isDone: boolean;
}

interface Plan {
  /** The first day to derive, YYYY-MM-DD; null: none. */
  from: string | null;
  /** The last day there are facts of. */
  last: string | null;
  /** When the newest rate was loaded; as text, since a Date holds no microseconds. */
  ratesLoadedAt: string;
}

/**
 * Brings base amounts of an account to what they must be, from the originals, one step of days: where a rate was missing or a newer one of
 * that very day has come since, and all of them when the organization has another base currency now. Rows that are right are not
 * written. What is interrupted goes on where it was.
 */
export async function deriveBase(
  tx: TenantTransaction,
  { connectionId, now }: { connectionId: string; now: Date },
): Promise<Derivation> {
  const account = await lockAccount(tx, connectionId);
  const { from, last, ratesLoadedAt } = await readPlan(tx, connectionId, account);
  const step =
    from !== null && last !== null && from <= last ? await deriveDays(tx, connectionId, account, from) : null;
  if (step && step.days.length > 0) await markDays(tx, step.days, now);
  const next = step && last !== null && step.next <= last ? step.next : null;
  await tx.query(
    `update affiliate.accounts set base_currency = $3, rates_seen_at = $4, derive_from = $5
     where org_id = $1 and connection_id = $2 and (base_currency, rates_seen_at, derive_from) is distinct from ($3, $4::timestamptz, $5::date)`,
    [tx.orgId, connectionId, account.baseCurrency, ratesLoadedAt, next],
  );
  return { rewritten: step?.rewritten ?? 0, isDone: next === null };
}

/** From the day of the oldest rate that came since the last time on; from the first fact on when the base currency is another. */
async function readPlan(tx: TenantTransaction, connectionId: string, account: LockedAccount): Promise<Plan> {
  const [plan] = await tx.query<Plan>(
    `select f.last::text, coalesce(n.newest, a.rates_seen_at)::text as "ratesLoadedAt",
       case when a.base_currency is distinct from $3::text then f.first
         when least(a.derive_from, n.oldest_day) is not null then greatest(f.first, least(a.derive_from, n.oldest_day)) end::text as "from"
     from affiliate.accounts a,
       lateral (select min(day) as first, max(day) as last from affiliate.stats_daily s where s.org_id = $1 and s.connection_id = $2) f,
       lateral (select max(loaded_at) as newest, min(day) as oldest_day from ref.exchange_rates where loaded_at > a.rates_seen_at) n
     where a.org_id = $1 and a.connection_id = $2`,
    [tx.orgId, connectionId, account.baseCurrency],
  );
  return plan as Plan;
}

const deriving = `with r as materialized (${dayRates(`select day::date from generate_series($3::date, $3::date + ${daysPerStep - 1}, interval '1 day') day`, '$4', '$5', '$6', '$7')}
  ), derived as (
    update affiliate.stats_daily f set base_currency = $5, rate = r.rate, rate_day = r.rate_day, rate_source = r.rate_source,
      ${amountColumns.map((column) => `base_${column} = ${toBase(`f.${column}`)}`).join(', ')}
    from r
    where f.org_id = $1 and f.connection_id = $2 and f.day between $3::date and $3::date + ${daysPerStep - 1} and f.day = r.day
      and (f.base_currency, f.rate_day) is distinct from ($5, r.rate_day)
    returning f.day
  )
  select count(*) as rewritten, coalesce(array_agg(distinct day::text order by day::text), '{}') as days,
    ($3::date + ${daysPerStep})::text as next from derived`;

async function deriveDays(
  tx: TenantTransaction,
  connectionId: string,
  { currency, baseCurrency }: LockedAccount,
  from: string,
): Promise<{ rewritten: number; days: string[]; next: string }> {
  const [done] = await tx.query<{ rewritten: number; days: string[]; next: string }>(deriving, [
    tx.orgId,
    connectionId,
    from,
    currency,
    baseCurrency,
    ...minorScale(currency, baseCurrency),
  ]);
  return done as { rewritten: number; days: string[]; next: string };
}
