import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { AppError } from '@tributary/core/errors';
import { readId, showId } from '@tributary/core/ids';
import { reason } from '@tributary/core/reason';
import { verb } from '@tributary/core/verb';
import type { TenantTransaction } from '@tributary/db/transaction';
import * as z from 'zod';
import { lockStatuses } from '../freeze/lock-statuses.ts';
import { erasePerson } from './erase-person.ts';

export const eraseCustomerInput = z.strictObject({ customerId: z.string().max(64), reason });

export const erasure = z
  .strictObject({
    customerId: z.string().describe('Stays, and tells nothing of the person.'),
    erasedAt: z.iso.datetime(),
  })
  .meta({
    id: 'Erasure',
    description: 'A subject was erased. The bytes that came from providers follow within the hour.',
  });

export type Erasure = z.infer<typeof erasure>;

interface ErasingContext extends ActingContext {
  now: Date;
}

/**
 * Erases a subject: a customer with all who were merged into them. What they were known by is gone or a pseudonym; sales, points and sums
 * stay; their wallet is frozen for good. A schedule goes through the raw bytes afterwards (`sweepErasure`), and nothing that is told again
 * brings the names back. Erasing them again changes nothing.
 * @throws AppError `not_found`; `rewards_open` while a reward holds points.
 */
export const eraseCustomer = verb(
  eraseCustomerInput,
  async ({ tx, actor, client, now }: ErasingContext, { customerId: id, reason }): Promise<Erasure> => {
    await lockStatuses(tx, 'alone');
    const { customerId, erasedAt } = await lockCustomer(tx, readId('customer', id));
    if (erasedAt !== null) return show(customerId, erasedAt);
    const erased = await erasePerson(tx, customerId);
    await eraseAnswers(tx, customerId);
    await close(tx, customerId, now);
    await recordAudit(tx, {
      actor,
      client,
      action: 'customer.erase',
      targetType: 'customer',
      targetId: customerId,
      reason,
      after: { ...erased },
    });
    return show(customerId, now);
  },
);

const show = (customerId: string, erasedAt: Date): Erasure => ({
  customerId: showId('customer', customerId),
  erasedAt: erasedAt.toISOString(),
});

const group = 'c.org_id = $1 and (c.id = $2 or c.merged_into = $2)';

/** The customer, or whom they were merged into, with wallets that nobody else changes until the transaction ends. */
async function lockCustomer(
  tx: TenantTransaction,
  asked: string,
): Promise<{ customerId: string; erasedAt: Date | null }> {
  const [customer] = await tx.query<{ customerId: string; erasedAt: Date | null }>(
    `select k.id as "customerId", k.erased_at as "erasedAt" from loyalty.customers c
     join loyalty.customers k on k.org_id = $1 and k.id = coalesce(c.merged_into, c.id) where c.org_id = $1 and c.id = $2`,
    [tx.orgId, asked],
  );
  if (!customer) throw new AppError('not_found', 'No such object.');
  await tx.query(
    `select from loyalty.wallets w join loyalty.customers c on c.org_id = $1 and c.id = w.customer_id
     where w.org_id = $1 and ${group} order by w.id for no key update of w`,
    [tx.orgId, customer.customerId],
  );
  const open = await tx.query(
    `select from loyalty.customers c join loyalty.wallets w on w.org_id = $1 and w.customer_id = c.id
     join loyalty.rewards r on r.org_id = $1 and r.wallet_id = w.id and r.status = 'issued' where ${group} limit 1`,
    [tx.orgId, customer.customerId],
  );
  if (open.length > 0) throw new AppError('rewards_open', 'A reward holds points: redeem or delete it first.');
  return customer;
}

/**
 * Answers that are kept for requests that are sent again. Their keys stay taken, for another request than any that was sent: who sends
 * one again is refused, and registers nobody.
 */
async function eraseAnswers(tx: TenantTransaction, customerId: string): Promise<void> {
  const ids = await tx.query<{ customerId: string; walletId: string }>(
    `select c.id as "customerId", w.id as "walletId" from loyalty.customers c
     join loyalty.wallets w on w.org_id = $1 and w.customer_id = c.id where ${group}`,
    [tx.orgId, customerId],
  );
  const shown = ids.flatMap((one) => [showId('customer', one.customerId), showId('wallet', one.walletId)]);
  await tx.query(
    `update identity.idempotency_keys set response = '{}', request_hash = uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
     where org_id = $1 and response like any ($2)`,
    [tx.orgId, shown.map((id) => `%${id}%`)],
  );
}

async function close(tx: TenantTransaction, customerId: string, now: Date): Promise<void> {
  await tx.query(`update loyalty.customers c set erased_at = $3 where ${group}`, [tx.orgId, customerId, now]);
  await tx.query(
    `update loyalty.wallets w set status = 'frozen', updated_at = now() from loyalty.customers c
     where w.org_id = $1 and w.customer_id = c.id and ${group}`,
    [tx.orgId, customerId],
  );
  await tx.query('insert into privacy.erasures (org_id, customer_id, requested_at) values ($1, $2, $3)', [
    tx.orgId,
    customerId,
    now,
  ]);
}
