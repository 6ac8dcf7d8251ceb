import { changeTerms, changeTermsInput } from '@tributary/affiliate/sub-affiliate/change-terms';
import { claimTraffic, trafficClaim } from '@tributary/affiliate/sub-affiliate/claim-traffic';
import { createSubAffiliate, createSubAffiliateInput } from '@tributary/affiliate/sub-affiliate/create-sub-affiliate';
import { getSubAffiliate } from '@tributary/affiliate/sub-affiliate/get-sub-affiliate';
import {
  listSubAffiliates,
  subAffiliateFilters,
  subAffiliatePosition,
} from '@tributary/affiliate/sub-affiliate/list-sub-affiliates';
import { releaseTraffic, releaseTrafficInput } from '@tributary/affiliate/sub-affiliate/release-traffic';
import { subAffiliate, subAffiliateDetail } from '@tributary/affiliate/sub-affiliate/sub-affiliate';
import { updateSubAffiliate, updateSubAffiliateInput } from '@tributary/affiliate/sub-affiliate/update-sub-affiliate';
import { withTenant } from '@tributary/db/transaction';
import { pageOf, pageQuery } from '@tributary/http/page';
import { type Context, route } from '@tributary/http/route';
import * as z from 'zod';
import { type ApiDeps, actingIn, tenantOf } from '../../runtime/api.ts';
import { once } from '../../runtime/once.ts';
import { exampleConnection } from './examples.ts';
import { keysetPage } from './keyset-page.ts';

const tags = ['Sub-affiliates'];
const reading = { method: 'GET', tags } as const;
const writing = { method: 'POST', tags, idempotent: true, response: subAffiliateDetail } as const;
const params = z.strictObject({ subAffiliateId: z.string().max(64) });

const said = {
  ...{ name: 'Ann Media Ltd', email: 'billing@ann-media.example' },
  ...{ paymentTerms: 'net30' as const, carriesNegative: true },
};
const rate = { kind: 'share' as const, shareBps: 3000 };
const claim = {
  connectionId: exampleConnection.id,
  dimension: 'sub_id' as const,
  value: 'ann-',
  isPrefix: true,
  fromDay: '2026-06-01',
};
const example = {
  id: 'sub_01kb7kz3v9fq4r8s2t6v0w1x2y',
  ...said,
  status: 'active' as const,
  createdAt: '2026-06-01T09:00:00.000Z',
  erasedAt: null,
};
const terms = (version: number, effectiveFrom: string, shareBps: number) => ({
  ...{ version, effectiveFrom },
  rate: { kind: 'share' as const, shareBps, cpaMinor: null, currency: null },
});
const traffic = { id: 'trf_01kb7m0d2xf4t9w1y3z5a7b9ce', ...claim, untilDay: null };
const created = { ...example, terms: [terms(1, '2026-06-01', 3000)], traffic: [] };
const detail = { ...created, traffic: [traffic] };

const listSubAffiliatesRoute = route({
  ...reading,
  path: '/v1/affiliate/sub-affiliates',
  operationId: 'listSubAffiliates',
  summary: 'Sub-affiliates, the newest first',
  query: pageQuery.extend(subAffiliateFilters.shape),
  response: pageOf(subAffiliate),
  example: { response: { data: [example], nextCursor: null } },
  handler: (context: Context<ApiDeps>, input) =>
    keysetPage(context, input, {
      operationId: 'listSubAffiliates',
      position: subAffiliatePosition,
      read: (page) => listSubAffiliates(tenantOf(context), page),
    }),
});

const getSubAffiliateRoute = route({
  ...reading,
  path: '/v1/affiliate/sub-affiliates/{subAffiliateId}',
  operationId: 'getSubAffiliate',
  summary: 'A sub-affiliate, their terms and what traffic is theirs',
  params,
  response: subAffiliateDetail,
  example: { response: detail },
  handler: (context: Context<ApiDeps>, { params }) => getSubAffiliate(tenantOf(context), params),
});

const createSubAffiliateRoute = route({
  ...writing,
  path: '/v1/affiliate/sub-affiliates',
  operationId: 'createSubAffiliate',
  summary: 'Adds a sub-affiliate, with what they get from which day on',
  body: createSubAffiliateInput,
  responseStatus: 201,
  example: { body: { ...said, rate, effectiveFrom: '2026-06-01' }, response: created },
  handler: (context: Context<ApiDeps>, { body }) =>
    once(context, 'createSubAffiliate', body, (tx) => createSubAffiliate(actingIn(context, tx), body)),
});

const updateSubAffiliateRoute = route({
  tags,
  method: 'PATCH',
  path: '/v1/affiliate/sub-affiliates/{subAffiliateId}',
  operationId: 'updateSubAffiliate',
  summary: 'Changes what is given; what is left out stays, and so does what was issued',
  params,
  body: updateSubAffiliateInput.omit({ subAffiliateId: true }),
  response: subAffiliateDetail,
  example: { body: { paymentTerms: 'net15' }, response: { ...detail, paymentTerms: 'net15' } },
  handler: (context: Context<ApiDeps>, { params, body }) =>
    withTenant(tenantOf(context), (tx) => updateSubAffiliate(actingIn(context, tx), { ...params, ...body })),
});

const changeTermsRoute = route({
  ...writing,
  path: '/v1/affiliate/sub-affiliates/{subAffiliateId}/terms',
  operationId: 'changeSubAffiliateTerms',
  summary: 'Says what they get from a day on; days that were invoiced are settled by the next invoice',
  params,
  body: changeTermsInput.omit({ subAffiliateId: true }),
  example: {
    body: { rate: { kind: 'share', shareBps: 3500 }, effectiveFrom: '2026-09-01' },
    response: { ...detail, terms: [terms(2, '2026-09-01', 3500), ...detail.terms] },
  },
  handler: (context: Context<ApiDeps>, { params, body }) => {
    const request = { ...params, ...body };
    return once(context, 'changeSubAffiliateTerms', request, (tx) => changeTerms(actingIn(context, tx), request));
  },
});

const claimTrafficRoute = route({
  ...writing,
  path: '/v1/affiliate/sub-affiliates/{subAffiliateId}/traffic',
  operationId: 'claimTraffic',
  summary: 'Says that traffic is theirs from a day on',
  params,
  body: trafficClaim,
  responseStatus: 201,
  example: { body: claim, response: detail },
  handler: (context: Context<ApiDeps>, { params, body }) => {
    const request = { ...params, claim: body };
    return once(context, 'claimTraffic', request, (tx) => claimTraffic(actingIn(context, tx), request));
  },
});

const releaseTrafficRoute = route({
  ...writing,
  path: '/v1/affiliate/sub-affiliates/{subAffiliateId}/traffic/{trafficId}/release',
  operationId: 'releaseTraffic',
  summary: 'Says until which day traffic was theirs',
  params: params.extend({ trafficId: z.string().max(64) }),
  body: releaseTrafficInput.pick({ untilDay: true }),
  example: {
    body: { untilDay: '2026-10-31' },
    response: { ...detail, traffic: [{ ...traffic, untilDay: '2026-10-31' }] },
  },
  handler: (context: Context<ApiDeps>, { params, body }) => {
    const request = { ...params, ...body };
    return once(context, 'releaseTraffic', request, (tx) => releaseTraffic(actingIn(context, tx), request));
  },
});

export const affiliateSubAffiliateRoutes = [
  listSubAffiliatesRoute,
  createSubAffiliateRoute,
  getSubAffiliateRoute,
  updateSubAffiliateRoute,
  changeTermsRoute,
  claimTrafficRoute,
  releaseTrafficRoute,
];
