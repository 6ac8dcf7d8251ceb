import { getInvoicePdf } from '@tributary/affiliate/invoice/get-invoice-pdf';
import { fileRoute, type Situation } from '@tributary/http/route';
import * as z from 'zod';
import { type ApiDeps, tenantOf } from '../../runtime/api.ts';

const getInvoicePdfRoute = fileRoute({
  method: 'GET',
  tags: ['Sub-affiliate invoices'],
  path: '/v1/affiliate/invoices/{invoiceId}/pdf',
  operationId: 'getInvoicePdf',
  summary: 'An invoice as a file to print, the same bytes whenever it is asked for',
  params: z.strictObject({ invoiceId: z.string().max(64) }),
  response: { mediaType: 'application/pdf', isPaged: false },
  handler: (situation: Situation<ApiDeps>, { params }) => getInvoicePdf(tenantOf(situation), params),
});

/** For a function of their own: what prints is as large as everything else together. */
export const affiliateInvoicePdfRoutes = [getInvoicePdfRoute];
