import { addVersion, addVersionInput } from '@tributary/affiliate/deal/add-version';
import {
  commissionReport,
  reportFilters,
  reportLine,
  reportPosition,
} from '@tributary/affiliate/deal/commission-report';
import { createDeal, createDealInput } from '@tributary/affiliate/deal/create-deal';
import { deal } from '@tributary/affiliate/deal/deal';
import { dealMonth } from '@tributary/affiliate/deal/deal-month';
import { endDeal, endDealInput } from '@tributary/affiliate/deal/end-deal';
import { getDeal } from '@tributary/affiliate/deal/get-deal';
import { dealMonthPosition, listDealMonths } from '@tributary/affiliate/deal/list-deal-months';
import { dealFilters, dealPosition, listDeals } from '@tributary/affiliate/deal/list-deals';
import { pageOf, pageQuery } from '@tributary/http/page';
import { type Context, route } from '@tributary/http/route';
import * as z from 'zod';
import { type ApiDeps, actingIn, tenantOf } from '../../runtime/api.ts';
import { once } from '../../runtime/once.ts';
import { keysetPage } from './keyset-page.ts';

const reading = { method: 'GET', tags: ['Deals'] } as const;
const writing = { method: 'POST', tags: ['Deals'], idempotent: true } as const;
const params = z.strictObject({ dealId: z.string().max(64) });

const hybrid = {
  cpa: {
    amountMinor: 12_000,
    method: 'whole' as const,
    tiers: [{ anyOf: [{ minFtd: 20, minNgrMinor: 500_000 }], amountMinor: 15_000 }],
  },
  revenueShare: { shareBps: 3000, method: 'whole' as const, tiers: [] },
  holdDays: 30,
};
const said = {
  connectionId: 'con_01kb7kx0y4e2z3a5b7c9d1e3f5',
  name: 'Casino, search traffic',
  campaign: '',
  source: 'search',
  startsOn: '2026-11-01',
  carryOver: { mode: 'carry' as const, basis: 'ngr' as const, beforeTiers: false },
  tolerance: { minor: 100, bps: 100 },
};
const terms = {
  ...hybrid,
  flatMinor: null,
  ngr: { from: 'network' as const, depositFeeBps: 0, adminFeeBps: 0 },
  qualification: null,
  caps: { ftdPerDay: null, ftdPerMonth: null, cpaPerDayMinor: null, earnedPerMonthMinor: null },
};
const created = {
  ...said,
  id: 'del_01kb7kyyk2ed1ayr3mb0m8n7pq',
  brand: 'everflow',
  currency: 'EUR',
  endsOn: null,
  versions: [{ version: 1, effectiveFrom: '2026-11-01', terms }],
  createdAt: '2026-11-20T09:00:00.000Z',
};
const dearer = { ...hybrid, revenueShare: { ...hybrid.revenueShare, shareBps: 3500 } };
const changed = {
  ...created,
  versions: [...created.versions, { version: 2, effectiveFrom: '2026-12-01', terms: { ...terms, ...dearer } }],
};
const november = {
  month: '2026-11',
  firstVersion: 1,
  lastVersion: 1,
  ftdCount: 20,
  ngrMinor: 1_500_000,
  cpaMinor: 300_000,
  revenueShareMinor: 450_000,
  flatMinor: 0,
  earnedMinor: 750_000,
  openingMinor: -1_000_000,
  monthMinor: 1_500_000,
  pooledMinor: 0,
  closingMinor: 500_000,
  payableMinor: 450_000,
  payableOn: '2026-12-30',
  reportedMinor: 735_000,
  differenceMinor: -15_000,
  disagrees: true,
  computedAt: '2026-11-20T09:00:00.000Z',
};
const line = {
  month: '2026-11',
  brand: 'everflow',
  currency: 'EUR',
  deals: 1,
  disagreeing: 1,
  earnedMinor: 750_000,
  reportedMinor: 735_000,
  differenceMinor: -15_000,
  payableMinor: 450_000,
};

const listAffiliateDeals = route({
  ...reading,
  path: '/v1/affiliate/deals',
  operationId: 'listDeals',
  summary: 'Deals with their versions, the newest first',
  query: pageQuery.extend(dealFilters.shape),
  response: pageOf(deal),
  example: { response: { data: [created], nextCursor: null } },
  handler: (context: Context<ApiDeps>, input) =>
    keysetPage(context, input, {
      operationId: 'listDeals',
      position: dealPosition,
      read: (page) => listDeals(tenantOf(context), page),
    }),
});

const getAffiliateDeal = route({
  ...reading,
  path: '/v1/affiliate/deals/{dealId}',
  operationId: 'getDeal',
  summary: 'One deal with its versions',
  params,
  response: deal,
  example: { response: created },
  handler: (context: Context<ApiDeps>, { params }) => getDeal(tenantOf(context), params),
});

const createAffiliateDeal = route({
  ...writing,
  path: '/v1/affiliate/deals',
  operationId: 'createDeal',
  summary: 'Ties terms to traffic of a connection, and computes its months',
  body: createDealInput,
  response: deal,
  responseStatus: 201,
  example: { body: { ...said, terms: hybrid }, response: created },
  handler: (context: Context<ApiDeps>, { body }) =>
    once(context, 'createDeal', body, (tx) => createDeal(actingIn(context, tx), body)),
});

const addDealVersion = route({
  ...writing,
  path: '/v1/affiliate/deals/{dealId}/versions',
  operationId: 'addDealVersion',
  summary: 'Changes the terms of a deal from a day on; earlier days keep theirs',
  params,
  body: addVersionInput.omit({ dealId: true }),
  response: deal,
  responseStatus: 201,
  example: { body: { effectiveFrom: '2026-12-01', terms: dearer }, response: changed },
  handler: (context: Context<ApiDeps>, { params, body }) => {
    const request = { ...params, ...body };
    return once(context, 'addDealVersion', request, (tx) => addVersion(actingIn(context, tx), request));
  },
});

const endAffiliateDeal = route({
  ...writing,
  path: '/v1/affiliate/deals/{dealId}/end',
  operationId: 'endDeal',
  summary: 'Ends a deal after a day, once',
  params,
  body: endDealInput.omit({ dealId: true }),
  response: deal,
  example: { body: { endsOn: '2026-12-31' }, response: { ...created, endsOn: '2026-12-31' } },
  handler: (context: Context<ApiDeps>, { params, body }) => {
    const request = { ...params, ...body };
    return once(context, 'endDeal', request, (tx) => endDeal(actingIn(context, tx), request));
  },
});

const listMonthsOfDeal = route({
  ...reading,
  path: '/v1/affiliate/deals/{dealId}/months',
  operationId: 'listDealMonths',
  summary: 'What a deal makes of each month against what the network says, the latest first',
  params,
  query: pageQuery,
  response: pageOf(dealMonth),
  example: { response: { data: [november], nextCursor: null } },
  handler: (context: Context<ApiDeps>, input) =>
    keysetPage(context, input, {
      operationId: 'listDealMonths',
      position: dealMonthPosition,
      read: (page) => listDealMonths(tenantOf(context), page),
    }),
});

const getCommissionReport = route({
  ...reading,
  path: '/v1/affiliate/commission-report',
  operationId: 'getCommissionReport',
  summary: 'Commission that deals give against what networks say, by month and brand',
  query: pageQuery.extend(reportFilters.shape),
  response: pageOf(reportLine),
  example: { response: { data: [line], nextCursor: null } },
  handler: (context: Context<ApiDeps>, input) =>
    keysetPage(context, input, {
      operationId: 'getCommissionReport',
      position: reportPosition,
      read: (page) => commissionReport(tenantOf(context), page),
    }),
});

export const affiliateDealRoutes = [
  listAffiliateDeals,
  createAffiliateDeal,
  getAffiliateDeal,
  addDealVersion,
  endAffiliateDeal,
  listMonthsOfDeal,
  getCommissionReport,
];
