import type * as z from 'zod';
import type {
  accountSchema,
  bankTransactionSchema,
  contactSchema,
  creditNoteSchema,
  invoiceSchema,
  paymentSchema,
} from './schemas.ts';

/** What a row of each list says on the wire. */
export interface RowOf {
  Contacts: z.infer<typeof contactSchema>;
  Invoices: z.infer<typeof invoiceSchema>;
  CreditNotes: z.infer<typeof creditNoteSchema>;
  Payments: z.infer<typeof paymentSchema>;
  BankTransactions: z.infer<typeof bankTransactionSchema>;
  Accounts: z.infer<typeof accountSchema>;
}

export type ResourceName = keyof RowOf;
export type EventCategory = 'CONTACT' | 'INVOICE' | 'CREDITNOTE';

export interface Resource {
  readonly idField: string;
  readonly statusField: 'Status' | 'ContactStatus';
  /** The scope that reads it, old and new; `.read` of each does too. */
  readonly scopes: readonly string[];
  readonly isPaged: boolean;
  /** Archived rows come only when they are asked for. */
  readonly hidesArchived: boolean;
  /** What a merchant's removal makes of a row, by its status; a status that is not named refuses. */
  readonly removal: Readonly<Record<string, string>>;
  readonly eventCategory: EventCategory | null;
  /** Changes come with UpdatedDateUTCString too. */
  readonly saysInstant: boolean;
  /** What a row says unless it was saved with something else. */
  readonly defaults: Readonly<Record<string, unknown>>;
}

const transactions = 'accounting.transactions';
const documentRemoval = { DRAFT: 'DELETED', SUBMITTED: 'DELETED', AUTHORISED: 'VOIDED' };
const documentDefaults = {
  Reference: '',
  Status: 'AUTHORISED',
  CurrencyRate: 1,
  LineAmountTypes: 'Exclusive',
  LineItems: [],
  Payments: [],
  SubTotal: 0,
  TotalTax: 0,
  Total: 0,
  HasAttachments: false,
};

/** The lists that the simulator keeps. @see https://github.com/XeroAPI/Xero-OpenAPI xero_accounting.yaml */
export const resources: Readonly<Record<ResourceName, Resource>> = {
  Contacts: {
    idField: 'ContactID',
    statusField: 'ContactStatus',
    scopes: ['accounting.contacts'],
    isPaged: true,
    hidesArchived: true,
    removal: { ACTIVE: 'ARCHIVED' },
    eventCategory: 'CONTACT',
    saysInstant: false,
    defaults: {
      ContactStatus: 'ACTIVE',
      BankAccountDetails: '',
      Addresses: [{ AddressType: 'STREET', City: '', Region: '', PostalCode: '', Country: '' }],
      Phones: [{ PhoneType: 'DEFAULT', PhoneNumber: '', PhoneAreaCode: '', PhoneCountryCode: '' }],
      ContactGroups: [],
      IsSupplier: false,
      IsCustomer: true,
      ContactPersons: [],
      HasAttachments: false,
      HasValidationErrors: false,
    },
  },
  Invoices: {
    idField: 'InvoiceID',
    statusField: 'Status',
    scopes: ['accounting.invoices', transactions],
    isPaged: true,
    hidesArchived: false,
    removal: documentRemoval,
    eventCategory: 'INVOICE',
    saysInstant: true,
    defaults: {
      ...documentDefaults,
      Type: 'ACCREC',
      CreditNotes: [],
      Prepayments: [],
      Overpayments: [],
      AmountDue: 0,
      AmountPaid: 0,
      AmountCredited: 0,
      SentToContact: false,
      HasErrors: false,
      IsDiscounted: false,
    },
  },
  CreditNotes: {
    idField: 'CreditNoteID',
    statusField: 'Status',
    scopes: ['accounting.invoices', transactions],
    isPaged: true,
    hidesArchived: false,
    removal: documentRemoval,
    eventCategory: 'CREDITNOTE',
    saysInstant: true,
    defaults: { ...documentDefaults, Type: 'ACCRECCREDIT', RemainingCredit: 0, Allocations: [] },
  },
  Payments: {
    idField: 'PaymentID',
    statusField: 'Status',
    scopes: ['accounting.payments', transactions],
    isPaged: true,
    hidesArchived: false,
    removal: { AUTHORISED: 'DELETED' },
    eventCategory: null,
    saysInstant: true,
    defaults: {
      PaymentType: 'ACCRECPAYMENT',
      Status: 'AUTHORISED',
      Reference: '',
      CurrencyRate: 1,
      HasAccount: true,
      IsReconciled: false,
      HasValidationErrors: false,
    },
  },
  BankTransactions: {
    idField: 'BankTransactionID',
    statusField: 'Status',
    scopes: ['accounting.banktransactions', transactions],
    isPaged: true,
    hidesArchived: false,
    removal: { AUTHORISED: 'DELETED' },
    eventCategory: null,
    saysInstant: false,
    defaults: {
      Type: 'RECEIVE',
      Reference: '',
      Status: 'AUTHORISED',
      IsReconciled: false,
      HasAttachments: false,
      LineAmountTypes: 'Exclusive',
      LineItems: [],
      SubTotal: 0,
      TotalTax: 0,
      Total: 0,
    },
  },
  Accounts: {
    idField: 'AccountID',
    statusField: 'Status',
    scopes: ['accounting.settings'],
    isPaged: false,
    hidesArchived: false,
    removal: { ACTIVE: 'ARCHIVED' },
    eventCategory: null,
    saysInstant: false,
    defaults: { Status: 'ACTIVE', TaxType: 'NONE', EnablePaymentsToAccount: false },
  },
};

export const resourceNames = Object.keys(resources) as ResourceName[];
