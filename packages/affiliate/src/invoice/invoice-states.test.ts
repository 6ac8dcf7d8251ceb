import { describe, expect, it } from 'vitest';
import { type InvoiceVerb, nextStatus, type transitions } from './invoice-states.ts';

const moves: readonly (readonly [keyof typeof transitions, InvoiceVerb, string])[] = [
  ['draft', 'issue', 'issued'],
  ['issued', 'pay', 'paid'],
  ['issued', 'void', 'void'],
];
const statuses = ['draft', 'issued', 'paid', 'void'] as const;
const verbs: readonly InvoiceVerb[] = ['issue', 'pay', 'void'];

describe('an invoice', () => {
  it.each(moves)('that is %s: %s makes it %s', (from, verb, to) => {
    expect(nextStatus(from, verb)).toBe(to);
  });

  const illegal = statuses
    .flatMap((from) => verbs.map((verb) => ({ from, verb })))
    .filter(({ from, verb }) => !moves.some(([one, how]) => one === from && how === verb));
  it.each(illegal)('that is $from: $verb is refused, and the state is told', ({ from, verb }) => {
    const refused = expect.objectContaining({ code: 'illegal_move', message: `The invoice is ${from}.` });
    expect(() => nextStatus(from, verb)).toThrow(refused);
  });
});
