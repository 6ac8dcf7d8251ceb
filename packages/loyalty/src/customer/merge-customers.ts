import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { AppError, invalidFields } from '@tributary/core/errors';
import { readId, showId } from '@tributary/core/ids';
import { reason } from '@tributary/core/reason';
import { verb } from '@tributary/core/verb';
import type { TenantTransaction } from '@tributary/db/transaction';
import { postAll } from '@tributary/ledger/post';
import * as z from 'zod';
import { lockStatuses } from '../freeze/lock-statuses.ts';
import { recalculateTiers } from '../tier/recalculate-tiers.ts';
import { computeMerge } from './compute-merge.ts';
import { type CustomerDetail, readCustomer } from './customer-detail.ts';
import { type LockedCustomer, lockHoldings, lockPair, openPending } from './lock-pair.ts';

export const mergeCustomersInput = z.strictObject({
  from: z.string().max(64),
  into: z.string().max(64).describe('The customer that stays.'),
  reason,
});

interface MergingContext extends ActingContext {
  now: Date;
}

/**
 * Two customers turn out to be one. All points move, with the dates they have; the names and the sales of the one count for the other
 * from now on; the wallet they leave stays frozen and empty (case L63). Merging them again changes nothing.
 * @throws AppError `not_found`; `conflict` when one of them was merged into somebody else; `wallet_frozen`; `rewards_open` while a
 * reward holds points that would move; `validation_failed`.
 */
export const mergeCustomers = verb(
  mergeCustomersInput,
  async (
    { tx, actor, client, now }: MergingContext,
    { from: fromId, into: intoId, reason },
  ): Promise<CustomerDetail> => {
    await lockStatuses(tx, 'alone');
    const { from, into } = await lockPair(tx, readId('customer', fromId), readId('customer', intoId));
    if (from.mergedInto !== into.customerId) {
      refuseUnmergeable(from, into);
      const before = await movePoints(tx, from, into, now);
      await pointTo(tx, from, into);
      await recordAudit(tx, {
        actor,
        client,
        action: 'customer.merge',
        targetType: 'customer',
        targetId: from.customerId,
        reason,
        before: { mergedInto: null, ...before },
        after: { mergedInto: showId('customer', into.customerId), balance: 0, pending: 0 },
      });
      await recalculateTiers(tx, { now, walletIds: [into.walletId] });
    }
    return readCustomer(tx, into.customerId);
  },
);

function refuseUnmergeable(from: LockedCustomer, into: LockedCustomer): void {
  if (from.customerId === into.customerId) {
    throw invalidFields([{ path: 'into', message: 'must be another customer' }]);
  }
  if (from.mergedInto !== null || into.mergedInto !== null) {
    throw new AppError('conflict', 'One of the customers was merged before.');
  }
  if (from.status === 'frozen' || into.status === 'frozen') throw new AppError('wallet_frozen', 'A wallet is frozen.');
  if (from.hasOpenRewards) throw new AppError('rewards_open', 'A reward holds points: redeem or delete it first.');
}

/** Answers what there was. */
async function movePoints(tx: TenantTransaction, from: LockedCustomer, into: LockedCustomer, now: Date) {
  const pairs: [fromAccountId: string, intoAccountId: string][] = [[from.accountId, into.accountId]];
  if (from.pendingAccountId !== null) pairs.push([from.pendingAccountId, await openPending(tx, into)]);
  const holdings = await lockHoldings(tx, pairs.flat());
  const moves = pairs.map(([fromAccountId, intoAccountId]) => ({
    fromAccountId,
    intoAccountId,
    releasesTo: into.accountId,
    ...(holdings.get(fromAccountId) ?? { balance: 0, lots: [] }),
  }));
  const legs = moves.flatMap(computeMerge);
  const overdraw = moves.some(({ balance }) => balance < 0);
  if (legs.length > 0) {
    await postAll(tx, [{ key: `merge:${from.customerId}`, kind: 'merge', effectiveAt: now, overdraw, legs }]);
  }
  const [spendable, waiting] = moves;
  return { balance: spendable?.balance ?? 0, pending: waiting?.balance ?? 0 };
}

/** Whoever was merged into the one before follows to the other, so that a pointer never leads to another pointer. */
async function pointTo(tx: TenantTransaction, from: LockedCustomer, into: LockedCustomer): Promise<void> {
  await tx.query('update loyalty.customers set merged_into = $3 where org_id = $1 and (id = $2 or merged_into = $2)', [
    tx.orgId,
    from.customerId,
    into.customerId,
  ]);
  await tx.query(
    `update loyalty.wallets set status = 'frozen', merged_into = $3, updated_at = now()
     where org_id = $1 and (id = $2 or merged_into = $2)`,
    [tx.orgId, from.walletId, into.walletId],
  );
  await tx.query('update loyalty.customer_identities set customer_id = $3 where org_id = $1 and customer_id = $2', [
    tx.orgId,
    from.customerId,
    into.customerId,
  ]);
}
