import { getInvoicePdf, invoicePdf } from '@tributary/affiliate/invoice/get-invoice-pdf';
import { type Context, route } from '@tributary/http/route';
import * as z from 'zod';
import { type ApiDeps, tenantOf } from '../../runtime/api.ts';

const getInvoicePdfRoute = route({
  method: 'GET',
  tags: ['Sub-affiliate invoices'],
  path: '/v1/affiliate/invoices/{invoiceId}/pdf',
  operationId: 'getInvoicePdf',
  summary: 'An invoice as a file to print, the same bytes whenever it is asked for',
  params: z.strictObject({ invoiceId: z.string().max(64) }),
  response: invoicePdf,
  example: {
    response: { fileName: 'INV-2026-000042.pdf', mediaType: 'application/pdf', base64: 'JVBERi0xLjcK…' },
  },
  handler: (context: Context<ApiDeps>, { params }) => getInvoicePdf(tenantOf(context), params),
});

/** For a function of their own: what prints is as large as everything else together. */
export const affiliateInvoicePdfRoutes = [getInvoicePdfRoute];
