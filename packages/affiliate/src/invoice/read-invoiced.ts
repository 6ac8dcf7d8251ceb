import type { TenantTransaction } from '@tributary/db/transaction';
import type { InvoicedSlice } from './compute-lines.ts';
import type { InvoiceRow } from './invoice.sql.ts';

export interface InvoicedRow extends InvoicedSlice {
  subAffiliateId: string;
  currency: string;
}

/** What was carried from invoice to invoice and is not settled. */
export interface CarriedRow {
  subAffiliateId: string;
  currency: string;
  carriedMinor: number;
}

/** What issued invoices that are not void say of months up to and with this one. */
export function readInvoiced(
  tx: TenantTransaction,
  subAffiliateIds: readonly string[],
  month: string,
): Promise<InvoicedRow[]> {
  return tx.query<InvoicedRow>(
    `select i.sub_affiliate_id as "subAffiliateId", i.currency, l.connection_id as "connectionId", l.brand, l.month::text as month,
       coalesce(sum(l.amount_minor) filter (where l.kind <> 'waived'), 0)::bigint as "amountMinor",
       coalesce(sum(l.amount_minor) filter (where l.kind = 'waived'), 0)::bigint as "waivedMinor"
     from affiliate.invoices i join affiliate.invoice_lines l on l.org_id = $1 and l.invoice_id = i.id
     where i.org_id = $1 and i.sub_affiliate_id = any ($2) and i.status in ('issued', 'paid') and l.month <= $3
     group by 1, 2, 3, 4, 5`,
    [tx.orgId, subAffiliateIds, month],
  );
}

export function readCarried(tx: TenantTransaction, subAffiliateIds: readonly string[]): Promise<CarriedRow[]> {
  return tx.query<CarriedRow>(
    `select i.sub_affiliate_id as "subAffiliateId", i.currency, sum(l.amount_minor)::bigint as "carriedMinor"
     from affiliate.invoices i join affiliate.invoice_lines l on l.org_id = $1 and l.invoice_id = i.id
     where i.org_id = $1 and i.sub_affiliate_id = any ($2) and i.status in ('issued', 'paid') and l.kind in ('carried_in', 'carried_out')
     group by 1, 2 having sum(l.amount_minor) <> 0`,
    [tx.orgId, subAffiliateIds],
  );
}

export interface LiveInvoice extends Pick<InvoiceRow, 'subAffiliateId' | 'currency' | 'status' | 'month'> {}

/** Drafts, and issued invoices of this very month: months that no other draft is to cover. */
export function readLive(
  tx: TenantTransaction,
  subAffiliateIds: readonly string[],
  month: string,
): Promise<LiveInvoice[]> {
  return tx.query<LiveInvoice>(
    `select sub_affiliate_id as "subAffiliateId", currency, status, month::text as month from affiliate.invoices
     where org_id = $1 and sub_affiliate_id = any ($2) and (status = 'draft' or (status in ('issued', 'paid') and month = $3))`,
    [tx.orgId, subAffiliateIds, month],
  );
}
