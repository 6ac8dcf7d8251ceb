import {
  eraseSubAffiliate,
  eraseSubAffiliateInput,
  subAffiliateErasure,
} from '@tributary/affiliate/sub-affiliate/erase-sub-affiliate';
import {
  exportSubAffiliate,
  heldOfSubAffiliate,
  heldPosition,
} from '@tributary/affiliate/sub-affiliate/export-sub-affiliate';
import { pageOf, pageQuery } from '@tributary/http/page';
import { type Context, route } from '@tributary/http/route';
import * as z from 'zod';
import { type ApiDeps, actingIn, tenantOf } from '../../runtime/api.ts';
import { once } from '../../runtime/once.ts';
import { keysetPage } from './keyset-page.ts';

const params = z.strictObject({ subAffiliateId: z.string().max(64) });
const described = { tags: ['Privacy'], params } as const;

const exportSubAffiliateRoute = route({
  ...described,
  method: 'GET',
  path: '/v1/affiliate/sub-affiliates/{subAffiliateId}/export',
  operationId: 'exportSubAffiliate',
  summary: 'All that is held about a sub-affiliate, page by page',
  query: pageQuery,
  response: pageOf(heldOfSubAffiliate),
  example: {
    response: {
      data: [
        {
          kind: 'subAffiliate',
          record: {
            id: '019acf3f-8f69-7dc9-8c68-59d01b00f85e',
            name: 'Ann Media Ltd',
            email: 'billing@ann-media.example',
          },
        },
      ],
      nextCursor: null,
    },
  },
  handler: (context: Context<ApiDeps>, input) =>
    keysetPage(context, input, {
      operationId: 'exportSubAffiliate',
      position: heldPosition,
      read: (page) => exportSubAffiliate(tenantOf(context), page),
    }),
});

const eraseSubAffiliateRoute = route({
  ...described,
  method: 'POST',
  path: '/v1/affiliate/sub-affiliates/{subAffiliateId}/erase',
  operationId: 'eraseSubAffiliate',
  summary: 'Takes out for good who a sub-affiliate is; issued invoices stay as long as the law keeps them',
  idempotent: true,
  body: eraseSubAffiliateInput.omit({ subAffiliateId: true }),
  response: subAffiliateErasure,
  example: {
    body: { reason: 'Asked for it in writing, case 18.' },
    response: {
      subAffiliateId: 'sub_01kb7kz3v9fq4r8s2t6v0w1x2y',
      erasedAt: '2026-11-20T19:45:00.000Z',
      nameKeptUntil: '2036-12-31',
    },
  },
  handler: (context: Context<ApiDeps>, { params, body }) => {
    const request = { ...params, ...body };
    return once(context, 'eraseSubAffiliate', request, (tx) => eraseSubAffiliate(actingIn(context, tx), request));
  },
});

export const affiliateSubAffiliatePrivacyRoutes = [exportSubAffiliateRoute, eraseSubAffiliateRoute];
