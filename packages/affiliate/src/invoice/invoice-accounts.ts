import type { TenantTransaction } from '@tributary/db/transaction';
import { type AccountSpec, openAccounts } from '@tributary/ledger/accounts';
import type { InvoiceRow } from './invoice.sql.ts';

/** What the ledger has of sub-affiliates in a currency, in its minor units. */
interface InvoiceAccounts {
  /** What is owed to the one: Σ of their issued invoices that are not paid. */
  payable: string;
  /** What all of them earned. Negative: the other side of it. Everybody posts to it, so it only records. */
  expense: string;
  /** What was paid to them, by whatever bank. */
  payouts: string;
}

/** Their ids; opened when they are first needed. */
export async function invoiceAccounts(
  tx: TenantTransaction,
  { subAffiliateId, currency: unit }: Pick<InvoiceRow, 'subAffiliateId' | 'currency'>,
): Promise<InvoiceAccounts> {
  const specs = {
    payable: { code: `affiliate:payable:${subAffiliateId}:${unit}`, unit, kind: 'liability', floor: 0 },
    expense: { code: `affiliate:commission:${unit}`, unit, kind: 'asset', mode: 'recording' },
    payouts: { code: `affiliate:payouts:${unit}`, unit, kind: 'asset', mode: 'recording' },
  } as const satisfies Record<keyof InvoiceAccounts, AccountSpec>;
  const ids = await openAccounts(tx, Object.values(specs));
  const idOf = ({ code }: AccountSpec) => ids.get(code) as string;
  return { payable: idOf(specs.payable), expense: idOf(specs.expense), payouts: idOf(specs.payouts) };
}
