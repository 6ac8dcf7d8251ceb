import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, desc, eq, lt } from 'drizzle-orm';
import * as z from 'zod';
import { subAffiliates } from './sub-affiliate.sql.ts';
import { serializeSubAffiliate, subAffiliate } from './sub-affiliate.ts';

export const subAffiliateFilters = z.strictObject({ status: subAffiliate.shape.status.optional() });

/** Behind the sub-affiliate with this id (a UUID). */
export const subAffiliatePosition = z.uuid();

const listSubAffiliatesInput = subAffiliateFilters.extend({
  limit: z.int().positive(),
  after: subAffiliatePosition.optional(),
});

/** Sub-affiliates, the newest first: at most `limit`, each with the position a next page continues from. */
export const listSubAffiliates = verb(
  listSubAffiliatesInput,
  async (context: TenantContext, { status, limit, after }) => {
    const wanted = and(
      eq(subAffiliates.orgId, context.orgId),
      status === undefined ? undefined : eq(subAffiliates.status, status),
      after === undefined ? undefined : lt(subAffiliates.id, after),
    );
    const rows = await readTenant(context, (reader) =>
      reader.select().from(subAffiliates).where(wanted).orderBy(desc(subAffiliates.id)).limit(limit),
    );
    return rows.map((row) => ({ item: serializeSubAffiliate(row), position: row.id }));
  },
);
