import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { AppError, invalidFields } from '@tributary/core/errors';
import { instant } from '@tributary/core/instant';
import { reason } from '@tributary/core/reason';
import { verb } from '@tributary/core/verb';
import { type Posted, post, refusalError } from '@tributary/ledger/post';
import * as z from 'zod';
import { recalculateTiers } from '../tier/recalculate-tiers.ts';
import { type LockedWallet, lockWallet, refuseClosed } from '../wallet/lock-wallet.ts';
import { pointsAccount } from '../wallet/points-accounts.ts';
import { adjustments } from './adjustment.sql.ts';
import { type Adjustment, serializeAdjustment } from './adjustment.ts';

/** Keeps the sum of any number of corrections a safe integer. */
const mostPoints = 1_000_000_000;

export const adjustWalletInput = z.strictObject({
  walletId: z.string(),
  points: z
    .int()
    .min(-mostPoints)
    .max(mostPoints)
    .refine((points) => points !== 0, 'must not be 0')
    .describe('What to credit, or to debit when negative.'),
  reason,
  allowNegative: z.boolean().default(false).describe('Whether a debit may leave fewer points than none.'),
  expiresAt: instant.optional().describe('From when points credited are gone; never when left out.'),
});

type Wanted = z.output<typeof adjustWalletInput>;

interface AdjustingContext extends ActingContext {
  now: Date;
  /** Names this correction in the organization for ever. */
  key: string;
}

/**
 * Corrects what a wallet holds by a posting of its own; nothing that was posted changes. Also on a frozen wallet (S1-072).
 * @throws AppError `not_found`; `conflict` for a wallet that was merged or whose customer was erased; `not_enough_points` when a debit
 * would leave less than nothing to spend (case L46); `validation_failed` for an expiry of points taken, or one that has passed; `idempotency_key_reused`.
 */
export const adjustWallet = verb(adjustWalletInput, async (context: AdjustingContext, wanted): Promise<Adjustment> => {
  const { tx, actor, client, now } = context;
  refuseExpiry(wanted, now);
  const wallet = await lockWallet(tx, wanted.walletId);
  refuseClosed(wallet);
  const { postingId } = await postAdjustment(context, wallet, wanted);
  const { points, reason } = wanted;
  const [row] = await tx.drizzle
    .insert(adjustments)
    .values({ orgId: tx.orgId, walletId: wallet.id, points, reason, actor, postingId, createdAt: now })
    .returning();
  const balanceAfter = wallet.balance + points;
  await recordAudit(tx, {
    actor,
    client,
    action: 'wallet.adjust',
    targetType: 'wallet',
    targetId: wallet.id,
    reason,
    before: { balance: wallet.balance },
    after: { balance: balanceAfter },
  });
  if (points > 0) await recalculateTiers(tx, { now, walletIds: [wallet.id] });
  const { orgId: _, postingId: __, ...shown } = row as typeof adjustments.$inferSelect;
  return serializeAdjustment({ ...shown, balanceAfter });
});

function refuseExpiry({ points, expiresAt }: Wanted, now: Date): void {
  if (expiresAt === undefined) return;
  const refuse = (message: string) => {
    throw invalidFields([{ path: 'expiresAt', message }]);
  };
  if (points < 0) refuse('must be left out where points are debited');
  if (new Date(expiresAt) <= now) refuse('must be in the future');
}

async function postAdjustment(
  { tx, now, key }: AdjustingContext,
  { accountId }: LockedWallet,
  { points, allowNegative, expiresAt }: Wanted,
): Promise<Posted> {
  const lot = points > 0 ? { lot: { expiresAt: expiresAt ? new Date(expiresAt) : null } } : {};
  const [result] = await post(tx, [
    {
      key: `adjust:${key}`,
      kind: 'adjust',
      effectiveAt: now,
      overdraw: allowNegative,
      legs: [
        { accountId: await pointsAccount(tx, 'issued'), amount: -points },
        { accountId, amount: points, ...lot },
      ],
    },
  ]);
  if (result && 'postingId' in result) return result;
  if (result?.outcome === 'floor_violated')
    throw new AppError('not_enough_points', 'The wallet has not that many points.');
  throw refusalError(result?.outcome ?? 'conflict', key);
}
