import { id, instant, orgId } from '@tributary/db/columns';
import { bigint, boolean, date, integer, text, uuid } from 'drizzle-orm/pg-core';
import { affiliate } from '../account/account.sql.ts';

export const subAffiliates = affiliate.table('sub_affiliates', {
  orgId: orgId(),
  id: id(),
  name: text('name').notNull(),
  email: text('email'),
  paymentTerms: text('payment_terms', { enum: ['net7', 'net15', 'net30', 'net60', 'manual'] }).notNull(),
  carriesNegative: boolean('carries_negative').notNull(),
  status: text('status', { enum: ['active', 'archived'] }).notNull(),
  createdAt: instant('created_at').notNull(),
  erasedAt: instant('erased_at'),
});

export type SubAffiliateRow = typeof subAffiliates.$inferSelect;

export const subAffiliateTerms = affiliate.table('sub_affiliate_terms', {
  orgId: orgId(),
  subAffiliateId: uuid('sub_affiliate_id').notNull(),
  version: integer('version').notNull(),
  effectiveFrom: date('effective_from', { mode: 'string' }).notNull(),
  shareBps: integer('share_bps'),
  cpaMinor: bigint('cpa_minor', { mode: 'number' }),
  currency: text('currency'),
  createdBy: text('created_by').notNull(),
});

export type TermsRow = typeof subAffiliateTerms.$inferSelect;

export const subAffiliateTraffic = affiliate.table('sub_affiliate_traffic', {
  orgId: orgId(),
  id: id(),
  subAffiliateId: uuid('sub_affiliate_id').notNull(),
  connectionId: uuid('connection_id'),
  dimension: text('dimension', { enum: ['sub_id', 'source', 'campaign'] }).notNull(),
  value: text('value').notNull(),
  isPrefix: boolean('is_prefix').notNull(),
  fromDay: date('from_day', { mode: 'string' }).notNull(),
  untilDay: date('until_day', { mode: 'string' }),
});

export type TrafficRow = typeof subAffiliateTraffic.$inferSelect;
