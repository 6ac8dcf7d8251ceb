import type { TenantTransaction } from '@tributary/db/transaction';
import { computeTier } from './compute-tier.ts';
import { readScores, type WalletScore } from './read-scores.ts';
import { readTierConfig, selectSettings } from './tier-settings.ts';

/** Wallets per call at most. */
const mostWallets = 1000;

export interface TierSweep {
  now: Date;
  /** UUIDs; all wallets when left out. */
  walletIds?: readonly string[];
  /** Continues behind this one. */
  after?: string;
  limit?: number;
}

export interface TierSweepResult {
  /** How many wallets were written. */
  changed: number;
  /** Where the next call continues; null when none is left. */
  after: string | null;
}

interface NewTier {
  score: WalletScore;
  name: string;
  expiresAt: Date | null;
}

/**
 * Gives wallets the tiers they are due, at most `limit` of them (never more than 1000) in the order of their ids; writes what changes
 * and nothing else. A frozen wallet keeps what it has. Running it again changes nothing. Three statements, one without tiers.
 */
export async function recalculateTiers(
  tx: TenantTransaction,
  { now, limit = mostWallets, ...range }: TierSweep,
): Promise<TierSweepResult> {
  const [settings] = await selectSettings(tx.drizzle, tx.orgId);
  if (!settings) return { changed: 0, after: null };
  const config = readTierConfig(settings.config);
  const atMost = Math.min(limit, mostWallets);
  const scores = await readScores(tx, { ...range, limit: atMost }, config, now);
  const changes = scores.flatMap((score): NewTier[] => {
    const { tier, tierExpiresAt } = score;
    const current = tier === null ? null : { name: tier, expiresAt: tierExpiresAt };
    const { name, expiresAt } = computeTier({ current, score: score.score, now }, config);
    const same = name === tier && expiresAt?.getTime() === tierExpiresAt?.getTime();
    return same ? [] : [{ score, name, expiresAt }];
  });
  const changed = await writeTiers(tx, changes, now);
  return { changed, after: scores.length < atMost ? null : (scores.at(-1)?.walletId ?? null) };
}

/** Writes only over the tier that was read, so that of two who recalculate at once one does. */
async function writeTiers(tx: TenantTransaction, changes: readonly NewTier[], now: Date): Promise<number> {
  if (changes.length === 0) return 0;
  const [row] = await tx.query<{ changed: number }>(
    `with change as (
       select * from unnest($2::uuid[], $3::text[], $4::timestamptz[], $5::text[], $6::timestamptz[], $7::bigint[])
         as c (wallet_id, tier, expires_at, former, former_expires_at, score)
     ), written as (
       update loyalty.wallets w set tier = c.tier, tier_expires_at = c.expires_at, updated_at = now()
       from change c
       where w.org_id = $1 and w.id = c.wallet_id and w.status = 'active'
         and (w.tier, w.tier_expires_at) is not distinct from (c.former, c.former_expires_at)
       returning c.*
     ), noted as (
       insert into loyalty.tier_changes (org_id, wallet_id, from_tier, to_tier, score, changed_at)
       select $1, c.wallet_id, c.former, c.tier, c.score, $8 from written c where c.tier is distinct from c.former order by c.wallet_id
     )
     select count(*) as changed from written`,
    [
      tx.orgId,
      changes.map(({ score }) => score.walletId),
      changes.map(({ name }) => name),
      changes.map(({ expiresAt }) => expiresAt),
      changes.map(({ score }) => score.tier),
      changes.map(({ score }) => score.tierExpiresAt),
      changes.map(({ score }) => score.score),
      now,
    ],
  );
  return row?.changed ?? 0;
}
