import { AppError } from '@tributary/core/errors';
import type { InvoiceRow } from './invoice.sql.ts';

type Status = InvoiceRow['status'];

export type InvoiceVerb = 'issue' | 'pay' | 'void';

/** What may become of an invoice. A draft is computed again or discarded; the database refuses every other way as well. */
export const transitions: Readonly<Record<Status, Readonly<Partial<Record<InvoiceVerb, Status>>>>> = {
  draft: { issue: 'issued' },
  issued: { pay: 'paid', void: 'void' },
  paid: {},
  void: {},
};

/** @throws AppError `illegal_move` when the verb leads nowhere from that status. */
export function nextStatus(from: Status, verb: InvoiceVerb): Status {
  const to = transitions[from][verb];
  if (to === undefined) throw new AppError('illegal_move', `The invoice is ${from}.`);
  return to;
}
