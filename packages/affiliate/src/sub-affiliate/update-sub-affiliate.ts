import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { and, eq } from 'drizzle-orm';
import * as z from 'zod';
import { particulars } from './create-sub-affiliate.ts';
import { selectDetail, serializeDetail } from './get-sub-affiliate.ts';
import { lockPresent } from './lock-sub-affiliates.ts';
import { subAffiliates } from './sub-affiliate.sql.ts';
import { type SubAffiliateDetail, subAffiliate } from './sub-affiliate.ts';

export const updateSubAffiliateInput = particulars.partial().extend({
  subAffiliateId: z.string().max(64),
  status: subAffiliate.shape.status.optional().describe('Who is archived is left out when a month is drafted for all.'),
});

/**
 * Changes what is given. Invoices that were issued keep the name and the due day they had.
 * @throws AppError `not_found`; `conflict` for one who was erased
 */
export const updateSubAffiliate = verb(
  updateSubAffiliateInput,
  async ({ tx, actor, client }: ActingContext, { subAffiliateId, ...given }): Promise<SubAffiliateDetail> => {
    const { id } = await lockPresent(tx, readId('subAffiliate', subAffiliateId));
    const changes = Object.entries(given).filter(([, value]) => value !== undefined);
    if (changes.length > 0) {
      await tx.drizzle
        .update(subAffiliates)
        .set(Object.fromEntries(changes))
        .where(and(eq(subAffiliates.orgId, tx.orgId), eq(subAffiliates.id, id)));
      const { name: _, email: __, ...impersonal } = Object.fromEntries(changes);
      await recordAudit(tx, {
        actor,
        client,
        action: 'sub_affiliate.update',
        targetType: 'subAffiliate',
        targetId: id,
        // What their name and address are is nobody's business for ever; that they changed is.
        after: { ...impersonal, changed: changes.map(([field]) => field) },
      });
    }
    return serializeDetail(await selectDetail(tx.drizzle, tx.orgId, id));
  },
);
