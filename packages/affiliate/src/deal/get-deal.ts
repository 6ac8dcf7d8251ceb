import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext, TenantTransaction } from '@tributary/db/transaction';
import { and, eq } from 'drizzle-orm';
import * as z from 'zod';
import { deals } from './deal.sql.ts';
import { type Deal, ownDeal, selectDeals, serializeDeal } from './deal.ts';

const getDealInput = z.strictObject({ dealId: z.string() });

/** @throws AppError `not_found`. */
export const getDeal = verb(getDealInput, async (context: TenantContext, { dealId }): Promise<Deal> => {
  const wanted = and(ownDeal(context.orgId), eq(deals.id, readId('deal', dealId)));
  const [row] = await readTenant(context, (reader) => selectDeals(reader, context.orgId).where(wanted));
  if (!row) throw new AppError('not_found', 'No such object.');
  return serializeDeal(row);
});

/** A deal (a UUID) as it is in a transaction. @throws AppError `not_found`. */
export async function showDeal(tx: TenantTransaction, dealId: string): Promise<Deal> {
  const [row] = await selectDeals(tx.drizzle, tx.orgId).where(and(ownDeal(tx.orgId), eq(deals.id, dealId)));
  if (!row) throw new AppError('not_found', 'No such object.');
  return serializeDeal(row);
}
