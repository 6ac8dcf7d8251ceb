import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { type Reader, readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, eq, sql } from 'drizzle-orm';
import * as z from 'zod';
import {
  type SubAffiliateRow,
  subAffiliates,
  subAffiliateTerms,
  subAffiliateTraffic,
  type TermsRow,
  type TrafficRow,
} from './sub-affiliate.sql.ts';
import { type SubAffiliateDetail, serializeSubAffiliate, serializeTerms, serializeTraffic } from './sub-affiliate.ts';

const getSubAffiliateInput = z.strictObject({ subAffiliateId: z.string() });

/** @throws AppError `not_found`. */
export const getSubAffiliate = verb(
  getSubAffiliateInput,
  async (context: TenantContext, { subAffiliateId }): Promise<SubAffiliateDetail> => {
    const id = readId('subAffiliate', subAffiliateId);
    return serializeDetail(await readTenant(context, (reader) => selectDetail(reader, context.orgId, id)));
  },
);

interface DetailRow {
  subAffiliate: SubAffiliateRow;
  terms: TermsRow[];
  traffic: TrafficRow[];
}

/** One of them with terms and traffic. @param id a UUID */
export function selectDetail(reader: Reader, orgId: string, id: string) {
  return reader
    .select({
      subAffiliate: subAffiliates,
      terms: sql<
        TermsRow[]
      >`(select coalesce(jsonb_agg(jsonb_build_object('version', t.version, 'effectiveFrom', t.effective_from,
        'shareBps', t.share_bps, 'cpaMinor', t.cpa_minor, 'currency', t.currency) order by t.version desc), '[]')
        from ${subAffiliateTerms} t where t.org_id = ${orgId} and t.sub_affiliate_id = ${id})`,
      traffic: sql<
        TrafficRow[]
      >`(select coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'connectionId', r.connection_id,
        'dimension', r.dimension, 'value', r.value, 'isPrefix', r.is_prefix, 'fromDay', r.from_day, 'untilDay', r.until_day) order by r.id), '[]')
        from ${subAffiliateTraffic} r where r.org_id = ${orgId} and r.sub_affiliate_id = ${id})`,
    })
    .from(subAffiliates)
    .where(and(eq(subAffiliates.orgId, orgId), eq(subAffiliates.id, id)));
}

/** @throws AppError `not_found` when there is no row. */
export function serializeDetail([row]: readonly DetailRow[]): SubAffiliateDetail {
  if (!row) throw new AppError('not_found', 'No such object.');
  return {
    ...serializeSubAffiliate(row.subAffiliate),
    terms: row.terms.map(serializeTerms),
    traffic: row.traffic.map(serializeTraffic),
  };
}
