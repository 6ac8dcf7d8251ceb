/** Lists of objects of their own in an answer or a delivery. What is in no such list is one object. */
export const lists: ReadonlySet<string> = new Set([
  ...['payments', 'orders', 'refunds', 'elements', 'merchants', 'events'],
  ...['Contacts', 'Invoices', 'CreditNotes', 'Payments', 'BankTransactions', 'Accounts'],
]);

/**
 * Fields that stay in an object that names somebody erased: what facts are read from, and nothing that describes a person. All others go,
 * those too that a provider adds one day.
 */
export const keptFields: ReadonlySet<string> = new Set([
  // Envelopes and hints of the three.
  ...['merchant_id', 'event_id', 'type', 'created_at', 'data', 'object', 'appId', 'objectId', 'ts'],
  ...['tenantId', 'tenantType', 'eventCategory', 'eventType', 'eventDateUtc', 'resourceId', 'category', 'at'],
  // Square.
  ...['id', 'status', 'state', 'version', 'updated_at', 'location_id', 'order_id', 'payment_id', 'customer_id'],
  ...['payment', 'refund', 'order', 'customer', 'amount_money', 'tip_money', 'refunded_money', 'amount', 'currency'],
  ...[
    'line_items',
    'uid',
    'name',
    'catalog_object_id',
    'quantity',
    'applied_taxes',
    'tax_uid',
    'applied_money',
    'taxes',
  ],
  ...['total_money', 'total_tax_money', 'total_tip_money', 'total_service_charge_money'],
  // Clover.
  ...[
    'tipAmount',
    'taxAmount',
    'result',
    'createdTime',
    'modifiedTime',
    'customers',
    'elements',
    'refunds',
    'payments',
  ],
  ...['voided', 'deletedTime', 'lineItems', 'itemCode', 'price', 'unitQty', 'exchanged', 'isOrderFee', 'modifications'],
  ...['discounts', 'percentage', 'percentageDecimal', 'tags'],
  // Xero.
  ...['ContactID', 'InvoiceID', 'CreditNoteID', 'PaymentID', 'BankTransactionID', 'AccountID', 'LineItemID', 'ItemID'],
  ...[
    'Status',
    'ContactStatus',
    'Type',
    'PaymentType',
    'UpdatedDateUTC',
    'Date',
    'DateString',
    'DueDate',
    'DueDateString',
  ],
  ...['CurrencyCode', 'CurrencyRate', 'LineAmountTypes', 'SubTotal', 'TotalTax', 'Total', 'AmountDue', 'AmountPaid'],
  ...[
    'AmountCredited',
    'AppliedAmount',
    'RemainingCredit',
    'Amount',
    'LineItems',
    'Quantity',
    'UnitAmount',
    'LineAmount',
  ],
  ...[
    'TaxAmount',
    'TaxType',
    'AccountCode',
    'ItemCode',
    'DiscountRate',
    'InvoiceNumber',
    'CreditNoteNumber',
    'Payments',
  ],
  ...[
    'CreditNotes',
    'Invoice',
    'CreditNote',
    'Contact',
    'BankAccount',
    'Code',
    'IsReconciled',
    'IsCustomer',
    'IsSupplier',
  ],
]);

/** Somebody: below these only ids stay. */
export const persons: ReadonlySet<string> = new Set(['customer', 'customers', 'Contact']);
export const keptOfPersons: ReadonlySet<string> = new Set(['id', 'elements', 'ContactID', 'ContactStatus', 'version']);
