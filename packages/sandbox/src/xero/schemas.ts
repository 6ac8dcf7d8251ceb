import * as z from 'zod';

/**
 * Xero's answers and webhooks, after the official samples: what every one of them has is required, what some have is
 * optional, and what none has may still come.
 */
const id = z.guid();
const wireDate = z.string().regex(/^\/Date\(-?\d+(?:\+0000)?\)\/$/);
const changedDate = z.string().regex(/^\/Date\(\d+\+0000\)\/$/);
const dayText = z.string().regex(/^\d{4}-\d\d-\d\dT00:00:00$/);
const amount = z.number();

const contactOnDocument = z.looseObject({ ContactID: id, Name: z.string() });

const lineItem = z.looseObject({
  LineItemID: id.optional(),
  Description: z.string().optional(),
  Quantity: amount.optional(),
  UnitAmount: amount.optional(),
  TaxAmount: amount.optional(),
  LineAmount: amount.optional(),
  AccountCode: z.string().optional(),
});

const documentFields = {
  Contact: contactOnDocument,
  DateString: dayText,
  Date: wireDate,
  LineAmountTypes: z.enum(['Exclusive', 'Inclusive', 'NoTax']),
  LineItems: z.array(lineItem),
  SubTotal: amount,
  TotalTax: amount,
  Total: amount,
  UpdatedDateUTC: changedDate,
  CurrencyCode: z.string().length(3),
  HasAttachments: z.boolean(),
};

const documentStatus = z.enum(['DRAFT', 'SUBMITTED', 'AUTHORISED', 'PAID', 'VOIDED', 'DELETED']);
const paymentOnDocument = z.looseObject({ PaymentID: id, Date: wireDate, Amount: amount });

export const contactSchema = z.looseObject({
  ContactID: id,
  ContactStatus: z.enum(['ACTIVE', 'ARCHIVED', 'GDPRREQUEST']),
  Name: z.string(),
  FirstName: z.string().optional(),
  LastName: z.string().optional(),
  EmailAddress: z.string().optional(),
  Addresses: z.array(z.looseObject({ AddressType: z.string() })),
  Phones: z.array(z.looseObject({ PhoneType: z.string() })),
  IsSupplier: z.boolean(),
  IsCustomer: z.boolean(),
  UpdatedDateUTC: changedDate,
});

export const invoiceSchema = z.looseObject({
  ...documentFields,
  InvoiceID: id,
  Type: z.enum(['ACCREC', 'ACCPAY']),
  InvoiceNumber: z.string(),
  Reference: z.string(),
  Status: documentStatus,
  Payments: z.array(paymentOnDocument),
  CreditNotes: z.array(z.looseObject({})),
  AmountDue: amount,
  AmountPaid: amount,
  AmountCredited: amount,
  DueDateString: dayText.optional(),
  DueDate: wireDate.optional(),
  FullyPaidOnDate: wireDate.optional(),
});

export const creditNoteSchema = z.looseObject({
  ...documentFields,
  CreditNoteID: id,
  CreditNoteNumber: z.string(),
  Type: z.enum(['ACCRECCREDIT', 'ACCPAYCREDIT']),
  Status: documentStatus,
  RemainingCredit: amount,
  Allocations: z.array(z.looseObject({})),
  Payments: z.array(paymentOnDocument),
});

export const paymentSchema = z.looseObject({
  PaymentID: id,
  PaymentType: z.string(),
  Status: z.enum(['AUTHORISED', 'DELETED']),
  Date: wireDate,
  Amount: amount,
  BankAmount: amount,
  IsReconciled: z.boolean(),
  Account: z.looseObject({ AccountID: id, Code: z.string() }),
  Invoice: z.looseObject({ InvoiceID: id, InvoiceNumber: z.string(), CurrencyCode: z.string().length(3) }),
  UpdatedDateUTC: changedDate,
});

export const bankTransactionSchema = z.looseObject({
  ...documentFields,
  BankTransactionID: id,
  Type: z.string().regex(/^(RECEIVE|SPEND)(-OVERPAYMENT|-PREPAYMENT|-TRANSFER)?$/),
  Status: z.enum(['AUTHORISED', 'DELETED']),
  IsReconciled: z.boolean(),
  BankAccount: z.looseObject({ AccountID: id, Name: z.string() }),
});

/** The official samples of accounts have no Status and no UpdatedDateUTC. */
export const accountSchema = z.looseObject({
  AccountID: id,
  Code: z.string(),
  Name: z.string(),
  Type: z.string(),
  TaxType: z.string(),
  EnablePaymentsToAccount: z.boolean(),
  Status: z.enum(['ACTIVE', 'ARCHIVED']).optional(),
  UpdatedDateUTC: changedDate.optional(),
});

export const organisationSchema = z.looseObject({
  OrganisationID: id,
  Name: z.string(),
  BaseCurrency: z.string().length(3),
  CountryCode: z.string().length(2),
  OrganisationStatus: z.string(),
  Timezone: z.string(),
});

const paginationSchema = z.strictObject({
  page: z.int().positive(),
  pageSize: z.int().positive(),
  pageCount: z.int().nonnegative(),
  itemCount: z.int().nonnegative(),
});

const envelope = {
  Id: id,
  Status: z.literal('OK'),
  ProviderName: z.string(),
  DateTimeUTC: wireDate,
  pagination: paginationSchema.optional(),
};

/** By the name of the list. The official sample of accounts has no envelope. */
export const answerSchemas = {
  Contacts: z.looseObject({ ...envelope, Contacts: z.array(contactSchema) }),
  Invoices: z.looseObject({ ...envelope, Invoices: z.array(invoiceSchema) }),
  CreditNotes: z.looseObject({ ...envelope, CreditNotes: z.array(creditNoteSchema) }),
  Payments: z.looseObject({ ...envelope, Payments: z.array(paymentSchema) }),
  BankTransactions: z.looseObject({ ...envelope, BankTransactions: z.array(bankTransactionSchema) }),
  Accounts: z.looseObject({ ...z.object(envelope).partial().shape, Accounts: z.array(accountSchema) }),
  Organisations: z.looseObject({ ...envelope, Organisations: z.array(organisationSchema) }),
};

/** Times without a zone, in UTC. */
const bareInstant = z.string().regex(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,7}$/);

export const connectionsSchema = z.array(
  z.looseObject({
    id,
    authEventId: id.optional(),
    tenantId: id,
    tenantType: z.enum(['ORGANISATION', 'PRACTICE']),
    tenantName: z.string(),
    createdDateUtc: bareInstant,
    updatedDateUtc: bareInstant,
  }),
);

export const tokenSchema = z.strictObject({
  access_token: z.string(),
  expires_in: z.literal(1800),
  token_type: z.literal('Bearer'),
  refresh_token: z.string().optional(),
  id_token: z.string().optional(),
  scope: z.string(),
});

export const tokenErrorSchema = z.strictObject({ error: z.string() });

/** 401 and 403 of the API. */
export const problemSchema = z.strictObject({
  Type: z.null(),
  Title: z.string(),
  Status: z.int(),
  Detail: z.string(),
  Instance: id,
  Extensions: z.strictObject({}),
});

export const webhookSchema = z.strictObject({
  events: z.array(
    z.strictObject({
      resourceUrl: z.url(),
      resourceId: id,
      tenantId: id,
      tenantType: z.enum(['ORGANISATION', 'APPLICATION']),
      eventCategory: z.enum(['CONTACT', 'INVOICE', 'CREDITNOTE', 'SUBSCRIPTION']),
      eventType: z.enum(['CREATE', 'UPDATE', 'Create', 'Update']),
      eventDateUtc: bareInstant,
      data: z.strictObject({ Type: z.string(), Status: z.string() }).optional(),
    }),
  ),
  firstEventSequence: z.int().nonnegative(),
  lastEventSequence: z.int().nonnegative(),
  entropy: z.string(),
});
