import type { Json } from '@tributary/core/canonical-json';
import type { ObjectFact } from '@tributary/core/facts';
import * as z from 'zod';
import { toInstant, wireInstant } from './wire-date.ts';

interface Resource {
  idField: string;
  statusField: 'Status' | 'ContactStatus';
  isPaged: boolean;
  query: Readonly<Record<string, string>>;
}

/** @see https://github.com/XeroAPI/Xero-OpenAPI/blob/master/xero_accounting.yaml */
export const resources = {
  Contacts: { idField: 'ContactID', statusField: 'ContactStatus', isPaged: true, query: { includeArchived: 'true' } },
  Invoices: { idField: 'InvoiceID', statusField: 'Status', isPaged: true, query: {} },
  CreditNotes: { idField: 'CreditNoteID', statusField: 'Status', isPaged: true, query: {} },
  Payments: { idField: 'PaymentID', statusField: 'Status', isPaged: true, query: {} },
  BankTransactions: { idField: 'BankTransactionID', statusField: 'Status', isPaged: true, query: {} },
  Accounts: { idField: 'AccountID', statusField: 'Status', isPaged: false, query: {} },
} as const satisfies Readonly<Record<string, Resource>>;

export type XeroResource = keyof typeof resources;

const answers = new Map<XeroResource, ReturnType<typeof buildAnswer>>();

/** Of a list or a single object: both answer with a list. Empty where nothing has changed since (304). */
export function answerOf(resource: XeroResource) {
  const answer = answers.get(resource) ?? buildAnswer(resource);
  answers.set(resource, answer);
  return answer;
}

function buildAnswer(resource: XeroResource) {
  const { idField, statusField } = resources[resource];
  const object = z.looseObject({
    [idField]: z.guid(),
    [statusField]: z.string().nullish(),
    UpdatedDateUTC: wireInstant,
  });
  const pagination = z.looseObject({ page: z.int(), pageCount: z.int() }).nullish();
  return z
    .looseObject({ [resource]: z.array(object), pagination })
    .optional()
    .transform((answer) => ({
      objects: (answer?.[resource] ?? []) as XeroObject[],
      pagination: (answer?.pagination ?? null) as z.output<typeof pagination> | null,
    }));
}

type XeroObject = Readonly<Record<string, Json>>;

/** A deleted object stays listed, and says so by its status. */
const removed = new Set(['DELETED', 'VOIDED', 'ARCHIVED']);

/** The object as it came: its amounts are JSON numbers, its times `/Date(…)/`. */
export function toFact(resource: XeroResource, object: XeroObject): ObjectFact {
  const { idField, statusField } = resources[resource];
  return {
    kind: 'object',
    provider: 'xero',
    resource,
    externalId: String(object[idField]),
    removed: removed.has(String(object[statusField]).toUpperCase()),
    body: object,
    version: toInstant(String(object.UpdatedDateUTC)),
  };
}
