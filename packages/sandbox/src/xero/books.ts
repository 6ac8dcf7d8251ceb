import type { Organisation, SaveOptions } from './organisation.ts';
import { toWireDay } from './wire-dates.ts';

/** Amounts are in units of the currency, as Xero's are. */
export interface DocumentLine {
  readonly description: string;
  /** 1 unless told. */
  readonly quantity?: number;
  readonly unitAmount: number;
  readonly taxAmount?: number;
  readonly accountCode?: string;
}

export interface DocumentDraft {
  readonly contactId: string;
  readonly lines: readonly DocumentLine[];
  /** `sale` unless told: what a customer owes; `purchase` is what is owed to a supplier. */
  readonly side?: 'sale' | 'purchase';
  /** `2026-11-21`; today unless told. */
  readonly day?: string;
  /** AUTHORISED unless told. */
  readonly status?: 'DRAFT' | 'SUBMITTED' | 'AUTHORISED';
  readonly currency?: string;
  readonly reference?: string;
}

export function addContact(
  organisation: Organisation,
  { name, emailAddress }: { name: string; emailAddress?: string },
  options?: SaveOptions,
): string {
  const fields = { Name: name, ...(emailAddress !== undefined && { EmailAddress: emailAddress }) };
  return organisation.save('Contacts', fields, options);
}

export function addAccount(
  organisation: Organisation,
  { code, name, type }: { code: string; name: string; type: 'BANK' | 'REVENUE' | 'EXPENSE' },
  options?: SaveOptions,
): string {
  const fields = { Code: code, Name: name, Type: type, EnablePaymentsToAccount: type === 'BANK' };
  return organisation.save('Accounts', fields, options);
}

export function raiseInvoice(organisation: Organisation, draft: DocumentDraft, options?: SaveOptions): string {
  const fields = toDocument(organisation, draft);
  const day = toWireDay(draft.day ?? today(organisation));
  return organisation.save(
    'Invoices',
    {
      ...fields,
      Type: draft.side === 'purchase' ? 'ACCPAY' : 'ACCREC',
      InvoiceNumber: numberOf('INV', organisation.rows('Invoices').size()),
      DueDateString: day.text,
      DueDate: day.date,
      AmountDue: fields.Total,
    },
    options,
  );
}

export function raiseCreditNote(organisation: Organisation, draft: DocumentDraft, options?: SaveOptions): string {
  const fields = toDocument(organisation, draft);
  return organisation.save(
    'CreditNotes',
    {
      ...fields,
      Type: draft.side === 'purchase' ? 'ACCPAYCREDIT' : 'ACCRECCREDIT',
      CreditNoteNumber: numberOf('CN', organisation.rows('CreditNotes').size()),
      RemainingCredit: fields.Total,
    },
    options,
  );
}

/** Pays an invoice, whole or in part. The invoice changes too: what is due, and its status when nothing is. */
export function payInvoice(
  organisation: Organisation,
  { invoiceId, accountId, amount, day }: { invoiceId: string; accountId: string; amount?: number; day?: string },
  options?: SaveOptions,
): string {
  const invoice = organisation.read('Invoices', invoiceId);
  const paid = amount ?? invoice.AmountDue;
  if (invoice.Status !== 'AUTHORISED' || paid > invoice.AmountDue) throw new Error('The invoice does not take that.');
  const account = organisation.read('Accounts', accountId);
  const date = toWireDay(day ?? today(organisation)).date;
  const paymentId = organisation.save(
    'Payments',
    {
      PaymentType: invoice.Type === 'ACCPAY' ? 'ACCPAYPAYMENT' : 'ACCRECPAYMENT',
      Date: date,
      Amount: paid,
      BankAmount: paid,
      Account: { AccountID: account.AccountID, Code: account.Code },
      Invoice: {
        Type: invoice.Type,
        InvoiceID: invoice.InvoiceID,
        InvoiceNumber: invoice.InvoiceNumber,
        Contact: invoice.Contact,
        CurrencyCode: invoice.CurrencyCode,
      },
    },
    options,
  );
  const payments = [...invoice.Payments, { PaymentID: paymentId, Date: date, Amount: paid }];
  settleInvoice(organisation, invoiceId, payments, options);
  return paymentId;
}

/** Takes a payment back: it is DELETED, and its invoice owes again. */
export function deletePayment(organisation: Organisation, paymentId: string): void {
  const { Invoice } = organisation.read('Payments', paymentId);
  organisation.remove('Payments', paymentId);
  const invoice = organisation.read('Invoices', Invoice.InvoiceID);
  const left = invoice.Payments.filter(({ PaymentID }) => PaymentID !== paymentId);
  settleInvoice(organisation, Invoice.InvoiceID, left);
}

export function recordBankTransaction(
  organisation: Organisation,
  { accountId, ...draft }: Omit<DocumentDraft, 'status'> & { accountId: string },
  options?: SaveOptions,
): string {
  const account = organisation.read('Accounts', accountId);
  return organisation.save(
    'BankTransactions',
    {
      ...toDocument(organisation, draft),
      Status: 'AUTHORISED',
      Type: draft.side === 'purchase' ? 'SPEND' : 'RECEIVE',
      BankAccount: { AccountID: account.AccountID, Code: account.Code, Name: account.Name },
    },
    options,
  );
}

function settleInvoice(
  organisation: Organisation,
  invoiceId: string,
  payments: { PaymentID: string; Date: string; Amount: number }[],
  options?: SaveOptions,
): void {
  const { Total, AmountCredited } = organisation.read('Invoices', invoiceId);
  const paid = round(sum(payments.map(({ Amount }) => Amount)));
  const due = round(Total - AmountCredited - paid);
  organisation.save(
    'Invoices',
    {
      InvoiceID: invoiceId,
      Payments: payments,
      AmountPaid: paid,
      AmountDue: due,
      Status: due === 0 ? 'PAID' : 'AUTHORISED',
      FullyPaidOnDate: due === 0 ? payments.at(-1)?.Date : undefined,
    },
    options,
  );
}

function toDocument(organisation: Organisation, draft: DocumentDraft) {
  const contact = organisation.read('Contacts', draft.contactId);
  const day = toWireDay(draft.day ?? today(organisation));
  const lines = draft.lines.map(({ description, quantity = 1, unitAmount, taxAmount = 0, accountCode }) => ({
    LineItemID: organisation.random.uuid(),
    Description: description,
    Quantity: quantity,
    UnitAmount: unitAmount,
    TaxAmount: taxAmount,
    LineAmount: round(quantity * unitAmount),
    ...(accountCode !== undefined && { AccountCode: accountCode }),
  }));
  const subTotal = round(sum(lines.map(({ LineAmount }) => LineAmount)));
  const totalTax = round(sum(lines.map(({ TaxAmount }) => TaxAmount)));
  return {
    Contact: { ContactID: contact.ContactID, Name: contact.Name },
    Status: draft.status ?? 'AUTHORISED',
    DateString: day.text,
    Date: day.date,
    LineItems: lines,
    SubTotal: subTotal,
    TotalTax: totalTax,
    Total: round(subTotal + totalTax),
    CurrencyCode: draft.currency ?? organisation.baseCurrency,
    ...(draft.reference !== undefined && { Reference: draft.reference }),
  };
}

function today({ now }: Organisation): string {
  return now().toISOString().slice(0, 10);
}

function numberOf(prefix: string, before: number): string {
  return `${prefix}-${String(before + 1).padStart(4, '0')}`;
}

function sum(amounts: readonly number[]): number {
  return amounts.reduce((total, amount) => total + amount, 0);
}

function round(amount: number): number {
  return Math.round(amount * 100) / 100;
}
