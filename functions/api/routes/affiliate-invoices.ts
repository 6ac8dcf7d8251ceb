import { discardDraft, discardedDraft } from '@tributary/affiliate/invoice/discard-draft';
import { draftedInvoices, draftInvoices, draftInvoicesInput } from '@tributary/affiliate/invoice/draft-invoices';
import { getInvoice } from '@tributary/affiliate/invoice/get-invoice';
import { invoice, invoiceDetail } from '@tributary/affiliate/invoice/invoice';
import { issueInvoice } from '@tributary/affiliate/invoice/issue-invoice';
import { invoiceFilters, invoicePosition, listInvoices } from '@tributary/affiliate/invoice/list-invoices';
import { payInvoice } from '@tributary/affiliate/invoice/pay-invoice';
import { voidInvoice, voidInvoiceInput } from '@tributary/affiliate/invoice/void-invoice';
import { pageOf, pageQuery } from '@tributary/http/page';
import { type Context, route } from '@tributary/http/route';
import * as z from 'zod';
import { type ApiDeps, actingIn, tenantOf } from '../../runtime/api.ts';
import { once } from '../../runtime/once.ts';
import { exampleConnection } from './examples.ts';
import { keysetPage } from './keyset-page.ts';

const tags = ['Sub-affiliate invoices'];
const reading = { method: 'GET', tags } as const;
const writing = { method: 'POST', tags, idempotent: true } as const;
const params = z.strictObject({ invoiceId: z.string().max(64) });
const nothing = z.strictObject({});

const draft = {
  id: 'ivc_01kb7m0d2xf4t9w1y3z5a7b9ce',
  subAffiliateId: 'sub_01kb7kz3v9fq4r8s2t6v0w1x2y',
  month: '2026-06',
  currency: 'EUR',
  status: 'draft' as const,
  totalMinor: 43_000,
  number: null,
  computedAt: '2026-07-02T09:00:00.000Z',
  ...{ issuedAt: null, issuedOn: null, dueOn: null, paidAt: null, voidedAt: null },
};
const issued = {
  ...draft,
  status: 'issued' as const,
  number: 'INV-2026-000042',
  ...{ issuedAt: '2026-07-02T09:05:00.000Z', issuedOn: '2026-07-02', dueOn: '2026-07-30' },
};
const without = {
  basisMinor: null,
  shareBps: null,
  ftdCount: null,
  cpaMinor: null,
  dueMinor: null,
  invoicedMinor: null,
};
const place = { connectionId: exampleConnection.id, brand: 'everflow' };
const lines = [
  {
    ...{ ...without, ...place, position: 1, kind: 'adjustment' as const, month: '2026-05' },
    ...{ dueMinor: 28_000, invoicedMinor: 30_000, amountMinor: -2000 },
  },
  {
    ...{ ...without, ...place, position: 2, kind: 'commission' as const, month: '2026-06' },
    ...{ basisMinor: 150_000, shareBps: 3000, amountMinor: 45_000 },
  },
];

const listInvoicesRoute = route({
  ...reading,
  path: '/v1/affiliate/invoices',
  operationId: 'listInvoices',
  summary: 'Invoices of sub-affiliates, the newest first',
  query: pageQuery.extend(invoiceFilters.shape),
  response: pageOf(invoice),
  example: { response: { data: [issued], nextCursor: null } },
  handler: (context: Context<ApiDeps>, input) =>
    keysetPage(context, input, {
      operationId: 'listInvoices',
      position: invoicePosition,
      read: (page) => listInvoices(tenantOf(context), page),
    }),
});

const getInvoiceRoute = route({
  ...reading,
  path: '/v1/affiliate/invoices/{invoiceId}',
  operationId: 'getInvoice',
  summary: 'An invoice with its lines',
  params,
  response: invoiceDetail,
  example: { response: { ...issued, lines } },
  handler: (context: Context<ApiDeps>, { params }) => getInvoice(tenantOf(context), params),
});

const draftInvoicesRoute = route({
  ...writing,
  path: '/v1/affiliate/invoices',
  operationId: 'draftInvoices',
  summary: 'Computes the drafts of a month, those there are anew',
  body: draftInvoicesInput,
  response: draftedInvoices,
  example: {
    body: { month: '2026-06' },
    response: {
      month: '2026-06',
      drafts: [{ id: draft.id, subAffiliateId: draft.subAffiliateId, currency: 'EUR', totalMinor: 43_000 }],
    },
  },
  handler: (context: Context<ApiDeps>, { body }) =>
    once(context, 'draftInvoices', body, (tx) => draftInvoices(actingIn(context, tx), body)),
});

const issueInvoiceRoute = route({
  ...writing,
  path: '/v1/affiliate/invoices/{invoiceId}/issue',
  operationId: 'issueInvoice',
  summary: 'Issues a draft: it gets the next number, is owed, and never changes again',
  params,
  body: nothing,
  response: invoiceDetail,
  example: { body: {}, response: { ...issued, lines } },
  handler: (context: Context<ApiDeps>, { params }) =>
    once(context, 'issueInvoice', params, (tx) => issueInvoice(actingIn(context, tx), params)),
});

const payInvoiceRoute = route({
  ...writing,
  path: '/v1/affiliate/invoices/{invoiceId}/pay',
  operationId: 'payInvoice',
  summary: 'Says that an issued invoice was paid',
  params,
  body: nothing,
  response: invoiceDetail,
  example: { body: {}, response: { ...issued, status: 'paid', paidAt: '2026-07-29T14:00:00.000Z', lines } },
  handler: (context: Context<ApiDeps>, { params }) =>
    once(context, 'payInvoice', params, (tx) => payInvoice(actingIn(context, tx), params)),
});

const voidInvoiceRoute = route({
  ...writing,
  path: '/v1/affiliate/invoices/{invoiceId}/void',
  operationId: 'voidInvoice',
  summary: 'Takes an issued invoice back; the next draft says again what it said',
  params,
  body: voidInvoiceInput.omit({ invoiceId: true }),
  response: invoiceDetail,
  example: {
    body: { reason: 'The share was to be 35 %.' },
    response: { ...issued, status: 'void', voidedAt: '2026-07-03T08:00:00.000Z', lines },
  },
  handler: (context: Context<ApiDeps>, { params, body }) => {
    const request = { ...params, ...body };
    return once(context, 'voidInvoice', request, (tx) => voidInvoice(actingIn(context, tx), request));
  },
});

const discardDraftRoute = route({
  ...writing,
  path: '/v1/affiliate/invoices/{invoiceId}/discard',
  operationId: 'discardDraft',
  summary: 'Removes a draft',
  params,
  body: nothing,
  response: discardedDraft,
  example: { body: {}, response: { id: draft.id } },
  handler: (context: Context<ApiDeps>, { params }) =>
    once(context, 'discardDraft', params, (tx) => discardDraft(actingIn(context, tx), params)),
});

export const affiliateInvoiceRoutes = [
  listInvoicesRoute,
  draftInvoicesRoute,
  getInvoiceRoute,
  issueInvoiceRoute,
  payInvoiceRoute,
  voidInvoiceRoute,
  discardDraftRoute,
];
