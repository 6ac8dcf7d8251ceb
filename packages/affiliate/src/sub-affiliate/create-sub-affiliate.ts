import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { AppError } from '@tributary/core/errors';
import { verb } from '@tributary/core/verb';
import { emailAddress } from '@tributary/identity/member/email-address';
import * as z from 'zod';
import { addTerms } from './change-terms.ts';
import { selectDetail, serializeDetail } from './get-sub-affiliate.ts';
import { day, paymentTerms, rate, type SubAffiliateDetail } from './sub-affiliate.ts';

/** Drafts of a month are computed for all of an organization at once. */
const mostSubAffiliates = 1000;

/** What is said of one beside terms and traffic. */
export const particulars = z.strictObject({
  name: z.string().trim().min(1).max(200),
  email: emailAddress.nullable(),
  paymentTerms,
  carriesNegative: z.boolean().describe('Whether an invoice below zero lowers the next one; otherwise it is forgiven.'),
});

export const createSubAffiliateInput = particulars.extend({
  email: particulars.shape.email.default(null),
  rate,
  effectiveFrom: day.describe('From which day they get it.'),
});

/** Adds a sub-affiliate, who has no traffic yet. @throws AppError `limit_reached` */
export const createSubAffiliate = verb(
  createSubAffiliateInput,
  async (context: ActingContext, { rate, effectiveFrom, ...said }): Promise<SubAffiliateDetail> => {
    const { tx, actor, client } = context;
    const [row] = await tx.query<{ id: string }>(
      `insert into affiliate.sub_affiliates (org_id, name, email, payment_terms, carries_negative)
       select $1, $2, $3, $4, $5 where (select count(*) from affiliate.sub_affiliates where org_id = $1) < $6 returning id`,
      [tx.orgId, said.name, said.email, said.paymentTerms, said.carriesNegative, mostSubAffiliates],
    );
    if (!row) throw new AppError('limit_reached', 'The organization has as many sub-affiliates as it may have.');
    await addTerms(context, row.id, { rate, effectiveFrom });
    await recordAudit(tx, {
      actor,
      client,
      action: 'sub_affiliate.create',
      targetType: 'subAffiliate',
      targetId: row.id,
      after: { paymentTerms: said.paymentTerms, carriesNegative: said.carriesNegative, rate, effectiveFrom },
    });
    return serializeDetail(await selectDetail(tx.drizzle, tx.orgId, row.id));
  },
);
