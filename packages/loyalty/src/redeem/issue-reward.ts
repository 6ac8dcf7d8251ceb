import type { ActingContext } from '@tributary/audit/acting';
import { AppError } from '@tributary/core/errors';
import { verb } from '@tributary/core/verb';
import { holdOne } from '@tributary/ledger/hold';
import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { type LockedWallet, lockWallet, refuseClosed } from '../wallet/lock-wallet.ts';
import { pointsAccount } from '../wallet/points-accounts.ts';
import { computeRedemption, type RedemptionRefusal } from './compute-redemption.ts';
import { selectTerms, termsOf } from './read-terms.ts';
import { type RewardRow, rewards } from './reward.sql.ts';
import { type Reward, serializeReward } from './reward.ts';

export const issueRewardInput = z.strictObject({
  walletId: z.string().max(64),
  points: z.int().positive(),
  basketMinor: z.int().positive().describe('What is to be paid in minor units, after discounts.'),
  currency: z.string().regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code'),
});

type Wanted = z.output<typeof issueRewardInput>;

/** Who acts at the till, and when. */
export interface TillContext extends ActingContext {
  now: Date;
}

interface IssuingContext extends TillContext {
  /** Names this request in the organization for ever: asking again changes nothing. */
  key: string;
}

interface Accepted {
  ruleId: string;
  valueMinor: number;
  expiresAt: Date;
}

/**
 * Sets points of a wallet aside for a basket, under the rule in force now. They can be spent by nobody else until the reward is
 * redeemed, deleted or expires (case L50). Asked again with the same key it answers the reward as it is by then.
 * @throws AppError `not_found`; `conflict` for a wallet that was merged or whose customer was erased; `no_rule_in_force` and the refusals
 * of `computeRedemption`; `idempotency_key_reused`.
 */
export const issueReward = verb(issueRewardInput, async (context: IssuingContext, wanted): Promise<Reward> => {
  const wallet = await lockWallet(context.tx, wanted.walletId);
  const known = await findIssued(context);
  if (known) return serializeReward(sameRequest(known, wallet, wanted));
  refuseClosed(wallet);
  return serializeReward(await issue(context, wallet, wanted, await accept(context, wallet, wanted)));
});

const holdKey = (key: string) => `reward:${key}`;

async function findIssued({ tx, key }: IssuingContext): Promise<RewardRow | undefined> {
  const [row] = await tx.drizzle
    .select()
    .from(rewards)
    .where(
      sql`${rewards.orgId} = ${tx.orgId} and ${rewards.holdId} =
        (select h.id from ledger.holds h where h.org_id = ${tx.orgId} and h.key = ${holdKey(key)})`,
    );
  return row;
}

function sameRequest(known: RewardRow, wallet: LockedWallet, { points, basketMinor, currency }: Wanted): RewardRow {
  const given = [wallet.id, points, basketMinor, currency];
  const before = [known.walletId, known.points, known.basketMinor, known.currency];
  if (given.every((value, index) => value === before[index])) return known;
  throw new AppError('idempotency_key_reused', 'The key was used for another reward.');
}

async function accept({ tx, now }: IssuingContext, wallet: LockedWallet, wanted: Wanted): Promise<Accepted> {
  const [row] = await selectTerms(tx.drizzle, { orgId: tx.orgId, walletId: wallet.id, now });
  if (!row) throw new Error('a locked wallet is gone');
  const terms = termsOf(row, { amountMinor: wanted.basketMinor, currency: wanted.currency });
  const redemption = computeRedemption(terms, wanted.points);
  if (redemption.outcome === 'refused') throw new AppError(redemption.refusal, refusals[redemption.refusal]);
  return {
    ruleId: terms.ruleId,
    valueMinor: redemption.valueMinor,
    expiresAt: new Date(now.getTime() + terms.rule.config.rewardMinutes * 60_000),
  };
}

const refusals: Readonly<Record<RedemptionRefusal, string>> = {
  wallet_frozen: 'The wallet is frozen.',
  currency_mismatch: 'The rule in force is in another currency than the basket.',
  below_minimum_balance: 'The wallet holds fewer points than it takes to redeem any.',
  not_enough_points: 'The wallet has not that many points, or they are worth less than one minor unit.',
  exceeds_basket_share: 'The points are worth more than the part of the basket that points may pay.',
  limit_reached: 'The wallet would redeem more than it may in a day.',
};

async function issue(
  { tx, actor, now, key }: IssuingContext,
  wallet: LockedWallet,
  { points, basketMinor, currency }: Wanted,
  { ruleId, valueMinor, expiresAt }: Accepted,
): Promise<RewardRow> {
  const holdId = await holdOne(tx, {
    key: holdKey(key),
    debitAccountId: wallet.accountId,
    creditAccountId: await pointsAccount(tx, 'redeemed'),
    amount: points,
    expiresAt,
  });
  const terms = { points, valueMinor, basketMinor, currency, expiresAt };
  const [row] = await tx.drizzle
    .insert(rewards)
    .values({
      orgId: tx.orgId,
      walletId: wallet.id,
      ruleId,
      holdId,
      ...terms,
      status: 'issued',
      issuedBy: actor,
      issuedAt: now,
    })
    .returning();
  return row as RewardRow;
}
