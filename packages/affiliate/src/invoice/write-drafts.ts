import type { TenantTransaction } from '@tributary/db/transaction';
import { totalOf } from './compute-lines.ts';
import type { LineRow } from './invoice.sql.ts';

/** A draft as it was computed. */
export interface ComputedDraft {
  subAffiliateId: string;
  currency: string;
  /** Its first day, YYYY-MM-DD. */
  month: string;
  billed: number;
  lines: readonly LineRow[];
}

export interface Drafted {
  id: string;
  subAffiliateId: string;
  currency: string;
  totalMinor: number;
}

/** Writes drafts and their lines, a statement for all of each. The sub-affiliates are locked. */
export async function writeDrafts(
  tx: TenantTransaction,
  drafts: readonly ComputedDraft[],
  now: Date,
): Promise<Drafted[]> {
  if (drafts.length === 0) return [];
  const written = await tx.query<Drafted>(
    `insert into affiliate.invoices as i (org_id, sub_affiliate_id, month, currency, total_minor, billed, computed_at)
     select $1, d.*, $7 from unnest($2::uuid[], $3::date[], $4::text[], $5::bigint[], $6::bigint[]) as d
     on conflict (org_id, sub_affiliate_id, month, currency) where status <> 'void'
       do update set total_minor = excluded.total_minor, billed = excluded.billed, computed_at = excluded.computed_at
     returning id, sub_affiliate_id as "subAffiliateId", currency, total_minor as "totalMinor"`,
    [
      tx.orgId,
      drafts.map(({ subAffiliateId }) => subAffiliateId),
      drafts.map(({ month }) => month),
      drafts.map(({ currency }) => currency),
      drafts.map(({ lines }) => totalOf(lines)),
      drafts.map(({ billed }) => billed),
      now,
    ],
  );
  await replaceLines(tx, written, drafts);
  return written;
}

const columns = {
  position: 'int',
  kind: 'text',
  connectionId: 'uuid',
  brand: 'text',
  month: 'date',
  basisMinor: 'bigint',
  shareBps: 'int',
  ftdCount: 'bigint',
  cpaMinor: 'bigint',
  dueMinor: 'bigint',
  invoicedMinor: 'bigint',
  amountMinor: 'bigint',
} as const satisfies Record<keyof LineRow, string>;

const inserting = `insert into affiliate.invoice_lines (org_id, invoice_id, position, kind, connection_id, brand, month, basis_minor, share_bps,
    ftd_count, cpa_minor, due_minor, invoiced_minor, amount_minor)
  select $1, l.* from unnest($2::uuid[], ${Object.values(columns).map((type, index) => `$${index + 3}::${type}[]`)}) as l`;

async function replaceLines(
  tx: TenantTransaction,
  written: readonly Drafted[],
  drafts: readonly ComputedDraft[],
): Promise<void> {
  await tx.query('delete from affiliate.invoice_lines where org_id = $1 and invoice_id = any ($2)', [
    tx.orgId,
    written.map(({ id }) => id),
  ]);
  const idOf = new Map(written.map(({ id, subAffiliateId, currency }) => [`${subAffiliateId} ${currency}`, id]));
  const lines = drafts.flatMap(({ subAffiliateId, currency, lines: own }) =>
    own.map((line) => ({ invoiceId: idOf.get(`${subAffiliateId} ${currency}`), line })),
  );
  if (lines.length === 0) return;
  const column = (name: string) => lines.map(({ line }) => line[name as keyof LineRow]);
  await tx.query(inserting, [tx.orgId, lines.map(({ invoiceId }) => invoiceId), ...Object.keys(columns).map(column)]);
}
