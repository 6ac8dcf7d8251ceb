import { idPattern, readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, desc, eq, lt } from 'drizzle-orm';
import * as z from 'zod';
import { deals } from './deal.sql.ts';
import { ownDeal, selectDeals, serializeDeal } from './deal.ts';

/** Behind the deal with this id (a UUID). */
export const dealPosition = z.uuid();

export const dealFilters = z.strictObject({
  connectionId: z.string().regex(idPattern('connection'), 'must be the id of a connection').optional(),
  brand: z.string().max(50).optional(),
});

const listDealsInput = dealFilters.extend({ limit: z.int().positive(), after: dealPosition.optional() });

/** Deals with their versions, the newest first: at most `limit`, each with the position a next page continues from. */
export const listDeals = verb(listDealsInput, async (context: TenantContext, { limit, after, connectionId, brand }) => {
  const wanted = and(
    ownDeal(context.orgId),
    connectionId === undefined ? undefined : eq(deals.connectionId, readId('connection', connectionId)),
    brand === undefined ? undefined : eq(deals.brand, brand),
    after === undefined ? undefined : lt(deals.id, after),
  );
  const rows = await readTenant(context, (reader) =>
    selectDeals(reader, context.orgId).where(wanted).orderBy(desc(deals.id)).limit(limit),
  );
  return rows.map((row) => ({ item: serializeDeal(row), position: row.deal.id }));
});
