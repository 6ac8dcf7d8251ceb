import { exportDays, exportFilters, exportHeader, exportPosition } from '@tributary/affiliate/dashboard/export-days';
import { affiliateSeries, getSeries, seriesFilters } from '@tributary/affiliate/dashboard/get-series';
import { affiliateTotals, getTotals } from '@tributary/affiliate/dashboard/get-totals';
import {
  breakdown,
  breakdownFilters,
  breakdownPosition,
  listBreakdown,
} from '@tributary/affiliate/dashboard/list-breakdown';
import { comparedFilters } from '@tributary/affiliate/dashboard/period';
import { pageOf, pageQuery, queryInteger } from '@tributary/http/page';
import { type Context, fileRoute, route, type Situation } from '@tributary/http/route';
import * as z from 'zod';
import { type ApiDeps, tenantOf } from '../../runtime/api.ts';
import { keysetPage } from './keyset-page.ts';

const reading = { method: 'GET', tags: ['Affiliate dashboards'] } as const;

const figures = {
  ...{ clicks: 1200, signups: 48, ftdCount: 12, depositsMinor: 480_000, ggrMinor: 96_500, ngrMinor: 71_200 },
  ...{ commissionMinor: 21_360, signupRate: 0.04, ftdRate: 0.25, epcMinor: 17.8, unconverted: 0 },
};
const before = {
  ...{ clicks: 1000, signups: 50, ftdCount: 10, depositsMinor: 400_000, ggrMinor: 80_000, ngrMinor: 64_080 },
  ...{ commissionMinor: 19_224, signupRate: 0.05, ftdRate: 0.2, epcMinor: 19.224, unconverted: 0 },
};
const previous = {
  from: '2026-10-25',
  to: '2026-10-31',
  figures: before,
  change: {
    clicks: { absolute: 200, percent: 20 },
    signups: { absolute: -2, percent: -4 },
    ftdCount: { absolute: 2, percent: 20 },
    depositsMinor: { absolute: 80_000, percent: 20 },
    ggrMinor: { absolute: 16_500, percent: 20.63 },
    ngrMinor: { absolute: 7120, percent: 11.11 },
    commissionMinor: { absolute: 2136, percent: 11.11 },
  },
};
const week = { from: '2026-11-01', to: '2026-11-07' };

const getAffiliateTotals = route({
  ...reading,
  path: '/v1/affiliate/totals',
  operationId: 'getAffiliateTotals',
  summary: 'What networks counted in a period, all together',
  query: comparedFilters,
  response: affiliateTotals,
  example: { response: { ...week, currency: 'EUR', figures, previous } },
  handler: (context: Context<ApiDeps>, { query }) => getTotals(tenantOf(context), query),
});

const getAffiliateSeries = route({
  ...reading,
  path: '/v1/affiliate/series',
  operationId: 'getAffiliateSeries',
  summary: 'The same by day, week or month',
  query: seriesFilters,
  response: affiliateSeries,
  example: { response: { currency: 'EUR', points: [{ ...week, figures, previous: null }] } },
  handler: (context: Context<ApiDeps>, { query }) => getSeries(tenantOf(context), query),
});

const breakdowns = [
  { path: 'top-brands', operationId: 'listTopBrands', what: 'brand', dimension: 'brand', example: 'everflow' },
  { path: 'by-campaign', operationId: 'listByCampaign', what: 'campaign', dimension: 'campaign', example: 'spring' },
  { path: 'by-source', operationId: 'listBySource', what: 'source', dimension: 'source', example: 'newsletter' },
  { path: 'by-sub-id', operationId: 'listBySubId', what: 'sub id', dimension: 'sub_id', example: 'banner-7' },
] as const;

const breakdownRoutes = breakdowns.map(({ path, operationId, what, dimension, example }) =>
  route({
    ...reading,
    path: `/v1/affiliate/${path}`,
    operationId,
    summary: `What networks counted by ${what}, the most first`,
    query: pageQuery.extend(breakdownFilters.shape),
    response: pageOf(breakdown),
    example: {
      response: {
        data: [{ value: example, name: dimension === 'brand' ? 'Everflow' : null, currency: 'EUR', figures, previous }],
        nextCursor: null,
      },
    },
    handler: (context: Context<ApiDeps>, input) =>
      keysetPage(context, input, {
        operationId,
        position: breakdownPosition,
        read: (page) => listBreakdown(tenantOf(context), { ...page, dimension }),
      }),
  }),
);

/** A megabyte at most of the longest names there are; a file may have four. */
const mostLines = 1000;

const exportAffiliateStats = fileRoute({
  ...reading,
  path: '/v1/affiliate/export',
  operationId: 'exportAffiliateStats',
  summary:
    'The same day by day as CSV, in all or by brand, connection, campaign, source or sub id: page by page, the names of columns on the first',
  query: exportFilters.extend({
    limit: queryInteger(1, mostLines).default(mostLines).describe('Lines per page.'),
    cursor: z.string().max(512).optional().describe('As the `Link` of the page before has it.'),
  }),
  response: { mediaType: 'text/csv', isPaged: true },
  example: {
    response: `${exportHeader}2026-11-01,day,"",EUR,1200,48,12,480000,96500,71200,21360,0.04,0.25,17.8,0\r\n`,
  },
  handler: async (situation: Situation<ApiDeps>, input) => {
    const { data, nextCursor } = await keysetPage(situation, input, {
      operationId: 'exportAffiliateStats',
      position: exportPosition,
      read: (page) => exportDays(tenantOf(situation), page),
    });
    const { by, from, to, cursor } = input.query;
    const header = cursor === undefined ? exportHeader : '';
    return {
      fileName: `affiliate-by-${by}-${from}-${to}.csv`,
      bytes: Buffer.from(header + data.join('')),
      nextCursor,
    };
  },
});

export const affiliateDashboardRoutes = [
  getAffiliateTotals,
  getAffiliateSeries,
  ...breakdownRoutes,
  exportAffiliateStats,
];
