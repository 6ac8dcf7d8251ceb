import { amount, id, instant, orgId } from '@tributary/db/columns';
import { boolean, date, integer, jsonb, text, uuid } from 'drizzle-orm/pg-core';
import { affiliate } from '../account/account.sql.ts';
import type { CarryOver } from './terms.ts';

const day = (name: string) => date(name, { mode: 'string' });

export const deals = affiliate.table('deals', {
  orgId: orgId(),
  id: id(),
  connectionId: uuid('connection_id').notNull(),
  brand: text('brand').notNull(),
  currency: text('currency').notNull(),
  name: text('name').notNull(),
  campaign: text('campaign').notNull(),
  source: text('source').notNull(),
  startsOn: day('starts_on').notNull(),
  endsOn: day('ends_on'),
  carryMode: text('carry_mode').$type<CarryOver['mode']>().notNull(),
  carryBasis: text('carry_basis').$type<CarryOver['basis']>().notNull(),
  carryBeforeTiers: boolean('carry_before_tiers').notNull(),
  toleranceMinor: amount('tolerance_minor'),
  toleranceBps: integer('tolerance_bps'),
  createdAt: instant('created_at').notNull(),
});

export const dealVersions = affiliate.table('deal_versions', {
  orgId: orgId(),
  dealId: uuid('deal_id').notNull(),
  version: integer('version').notNull(),
  effectiveFrom: day('effective_from').notNull(),
  terms: jsonb('terms').notNull(),
});

export const dealMonths = affiliate.table('deal_months', {
  orgId: orgId(),
  dealId: uuid('deal_id').notNull(),
  month: day('month').notNull(),
  firstVersion: integer('first_version').notNull(),
  lastVersion: integer('last_version').notNull(),
  ftdCount: amount('ftd_count').notNull(),
  ngrMinor: amount('ngr_minor').notNull(),
  cpaMinor: amount('cpa_minor').notNull(),
  revenueShareMinor: amount('revenue_share_minor').notNull(),
  flatMinor: amount('flat_minor').notNull(),
  earnedMinor: amount('earned_minor').notNull(),
  openingMinor: amount('opening_minor').notNull(),
  monthMinor: amount('month_minor').notNull(),
  pooledMinor: amount('pooled_minor').notNull(),
  closingMinor: amount('closing_minor').notNull(),
  payableMinor: amount('payable_minor').notNull(),
  payableOn: day('payable_on').notNull(),
  reportedMinor: amount('reported_minor').notNull(),
  computedAt: instant('computed_at').notNull(),
});
