import type { TenantTransaction } from '@tributary/db/transaction';
import { lockAccounts } from '@tributary/ledger/accounts';
import { type ResolveOutcome, resolveHolds } from '@tributary/ledger/hold';

interface DueReward {
  id: string;
  holdId: string;
  accountId: string;
}

/**
 * Gives back the points of issued rewards whose time has passed, at most `limit`, the oldest first; those of frozen wallets wait.
 * Answers how many; none when none is left. Running it again changes nothing.
 */
export async function expireRewards(
  tx: TenantTransaction,
  { at, limit }: { at: Date; limit: number },
): Promise<number> {
  const candidates = await readDueRewards(tx, at, limit);
  if (candidates.length === 0) return 0;
  // Whoever resolves a reward has its account locked: what is still due now is nobody else's.
  await lockAccounts(tx, [...new Set(candidates.map(({ accountId }) => accountId))]);
  const due = await readDueRewards(
    tx,
    at,
    limit,
    candidates.map(({ id }) => id),
  );
  const resolved = await resolveHolds(
    tx,
    due.map(({ holdId }) => ({ holdId, amount: null })),
    { kind: 'redeem', at },
  );
  resolved.forEach(mustHaveExpired);
  const [{ expired } = { expired: 0 }] = await tx.query<{ expired: number }>(
    `with expired as (
       update loyalty.rewards set status = 'deleted', deleted_because = 'expired', resolved_at = $3
       where org_id = $1 and id = any ($2) returning id
     ) select count(*) as expired from expired`,
    [tx.orgId, due.map(({ id }) => id), at],
  );
  return expired;
}

function readDueRewards(tx: TenantTransaction, at: Date, limit: number, among: readonly string[] | null = null) {
  return tx.query<DueReward>(
    `select r.id, r.hold_id as "holdId", w.account_id as "accountId"
     from loyalty.rewards r join loyalty.wallets w on w.org_id = $1 and w.id = r.wallet_id and w.status = 'active'
     where r.org_id = $1 and r.status = 'issued' and r.expires_at <= $2 and ($4::uuid[] is null or r.id = any ($4))
     order by r.expires_at, r.id limit $3`,
    [tx.orgId, at, limit, among],
  );
}

// The hold may have expired before its reward, by a sweep over all holds.
function mustHaveExpired({ holdId, outcome }: ResolveOutcome): void {
  if (outcome !== 'expired' && outcome !== 'already_expired') {
    throw new Error(`hold ${holdId} of an issued reward is ${outcome}`);
  }
}
