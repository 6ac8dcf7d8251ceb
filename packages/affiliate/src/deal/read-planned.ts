import type { TenantTransaction } from '@tributary/db/transaction';
import type { PlannedDeal } from './plan-months.ts';
import { type CarryOver, readDealTerms } from './terms.ts';

/** One who writes deals or their months at a time. */
export async function lockDeals(tx: TenantTransaction): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('affiliate.deals:' || $1, 0))`, [tx.orgId]);
}

type DealRow = Omit<PlannedDeal, 'carryOver' | 'versions'> & {
  carryMode: CarryOver['mode'];
  carryBasis: CarryOver['basis'];
  carryBeforeTiers: boolean;
  versions: readonly { version: number; effectiveFrom: string; terms: unknown }[];
};

/** Of all deals, or of one and those it shares a pool with. */
const planned = (
  which: string,
) => `select d.id as "dealId", d.connection_id as "connectionId", d.brand, d.currency, d.campaign, d.source,
    d.starts_on::text as "startsOn", d.ends_on::text as "endsOn", to_char(d.computed_through, 'YYYY-MM') as "computedThrough",
    d.carry_mode as "carryMode", d.carry_basis as "carryBasis", d.carry_before_tiers as "carryBeforeTiers",
    (select jsonb_agg(jsonb_build_object('version', v.version, 'effectiveFrom', v.effective_from, 'terms', v.terms) order by v.version)
      from affiliate.deal_versions v where v.org_id = $1 and v.deal_id = d.id) as versions
  from affiliate.deals d where d.org_id = $1 ${which} order by d.id`;

const all = planned('');
const poolOfOne = planned(`and (d.id = $2 or exists (select from affiliate.deals o where o.org_id = $1 and o.id = $2
  and d.carry_mode in ('brand', 'organization') and (d.carry_mode, d.carry_basis, d.currency) = (o.carry_mode, o.carry_basis, o.currency)
  and (d.carry_mode = 'organization' or d.brand = o.brand)))`);

/** Deals as their months are computed from them, in the order of their ids. */
export async function readPlanned(tx: TenantTransaction, dealId: string | null): Promise<PlannedDeal[]> {
  const rows =
    dealId === null ? await tx.query<DealRow>(all, [tx.orgId]) : await tx.query<DealRow>(poolOfOne, [tx.orgId, dealId]);
  return rows.map(({ carryMode, carryBasis, carryBeforeTiers, versions, ...row }) => ({
    ...row,
    carryOver: { mode: carryMode, basis: carryBasis, beforeTiers: carryBeforeTiers },
    versions: versions.map(({ terms, ...version }) => ({ ...version, terms: readDealTerms(terms) })),
  }));
}
