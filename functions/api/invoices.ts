import { apiHandler } from '../runtime/api.ts';
import { access } from './access.ts';
import { affiliateInvoicePdfRoutes } from './routes/affiliate-invoice-pdf.ts';
import { affiliateInvoiceRoutes } from './routes/affiliate-invoices.ts';

/** Everything under /v1/affiliate/invoices. */
export const routes = [...affiliateInvoiceRoutes, ...affiliateInvoicePdfRoutes];

export const handler = apiHandler('invoices', routes, access.invoices, {});
