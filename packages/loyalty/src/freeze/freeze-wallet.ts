import type { ActingContext } from '@tributary/audit/acting';
import type { AuditAction } from '@tributary/audit/actions';
import { recordAudit } from '@tributary/audit/record';
import { AppError, type ErrorCode } from '@tributary/core/errors';
import { reason } from '@tributary/core/reason';
import { verb } from '@tributary/core/verb';
import { and, eq } from 'drizzle-orm';
import * as z from 'zod';
import { recalculateTiers } from '../tier/recalculate-tiers.ts';
import { recomputeSales } from '../transaction/apply-facts.ts';
import { lockWallet, refuseClosed } from '../wallet/lock-wallet.ts';
import { walletAccounts, wallets } from '../wallet/wallet.sql.ts';
import { itsAccount, serializeWallet, type Wallet, walletColumns } from '../wallet/wallet.ts';
import { lockStatuses } from './lock-statuses.ts';
import { readMissedSales } from './read-missed-sales.ts';

export const moveWalletInput = z.strictObject({ walletId: z.string(), reason });

interface MovingContext extends ActingContext {
  now: Date;
}

interface Move {
  from: Wallet['status'];
  to: Wallet['status'];
  action: AuditAction;
  refusal: [code: ErrorCode, message: string];
}

const freeze: Move = {
  from: 'active',
  to: 'frozen',
  action: 'wallet.freeze',
  refusal: ['already_frozen', 'The wallet is frozen already.'],
};
const unfreeze: Move = {
  from: 'frozen',
  to: 'active',
  action: 'wallet.unfreeze',
  refusal: ['not_frozen', 'The wallet is not frozen.'],
};

/**
 * Freezes a wallet: until it is unfrozen nothing moves its points but what an administrator does (S1-072). Sales are recorded.
 * @throws AppError `not_found`; `already_frozen`; `conflict` for a wallet that was merged or whose customer was erased.
 */
export const freezeWallet = verb(moveWalletInput, async (context: MovingContext, wanted): Promise<Wallet> => {
  const walletId = await move(context, wanted, freeze);
  return showWallet(context, walletId);
});

/**
 * Ends the freeze of a wallet, and posts what its sales would have moved meanwhile.
 * @throws AppError `not_found`; `not_frozen`; `conflict` for a wallet that was merged or whose customer was erased.
 */
export const unfreezeWallet = verb(moveWalletInput, async (context: MovingContext, wanted): Promise<Wallet> => {
  const { tx, now } = context;
  const walletId = await move(context, wanted, unfreeze);
  await recomputeSales(tx, await readMissedSales(tx, walletId), now);
  await recalculateTiers(tx, { now, walletIds: [walletId] });
  return showWallet(context, walletId);
});

/** Answers the wallet's UUID. */
async function move(
  { tx, actor, client }: MovingContext,
  { walletId, reason }: z.output<typeof moveWalletInput>,
  { from, to, action, refusal }: Move,
): Promise<string> {
  await lockStatuses(tx, 'alone');
  const wallet = await lockWallet(tx, walletId);
  refuseClosed(wallet);
  if (wallet.status !== from) throw new AppError(...refusal);
  await tx.query('update loyalty.wallets set status = $3, updated_at = now() where org_id = $1 and id = $2', [
    tx.orgId,
    wallet.id,
    to,
  ]);
  await recordAudit(tx, {
    actor,
    client,
    action,
    targetType: 'wallet',
    targetId: wallet.id,
    reason,
    before: { status: from },
    after: { status: to },
  });
  return wallet.id;
}

async function showWallet({ tx }: MovingContext, walletId: string): Promise<Wallet> {
  const [row] = await tx.drizzle
    .select(walletColumns)
    .from(wallets)
    .innerJoin(walletAccounts, itsAccount)
    .where(and(eq(wallets.orgId, tx.orgId), eq(wallets.id, walletId)));
  if (!row) throw new Error('a locked wallet is gone');
  return serializeWallet(row);
}
