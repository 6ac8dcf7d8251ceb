import type { Json } from '@tributary/core/canonical-json';
import * as z from 'zod';
import { timestamp } from '../fields.ts';
import { fit } from '../fit.ts';

const categories = ['CONTACT', 'INVOICE', 'CREDITNOTE'] as const;

// The id becomes part of an address, so it must be the GUID that Xero promises.
const known = z.looseObject({ category: z.enum(categories), resourceId: z.guid(), at: timestamp.nullable() });
const any = z.looseObject({ category: z.string() });

/** Which object of an organisation a Xero event is about, and when Xero says it changed. */
export interface XeroHint {
  category: (typeof categories)[number];
  /** ContactID, InvoiceID or CreditNoteID. */
  id: string;
  at: Date | null;
}

/**
 * Null for a category we do not read: Xero may add some, and they are none of our business until then.
 * @throws PermanentFailure `invalid_payload`
 */
export function hintOf(event: { type: string; payload: Json }): XeroHint | null {
  const { category: word } = fit(any, event.payload, event.type);
  if (!categories.some((category) => category === word)) return null;
  const { category, resourceId, at } = fit(known, event.payload, event.type);
  return { category, id: resourceId, at: at === null ? null : new Date(at) };
}
