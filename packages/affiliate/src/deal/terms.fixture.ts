import type * as z from 'zod';
import type { Counted, DealMonthFacts } from './compute-earnings.ts';
import { type CarryOver, carryOver, type DealTerms, dealTerms } from './terms.ts';

type Said = z.input<typeof dealTerms>;

/** Terms, with what is not said as the schema has it. */
export const termsOf = (said: Said): DealTerms => dealTerms.parse(said);

export const carryOf = (said: z.input<typeof carryOver>): CarryOver => carryOver.parse(said);

/** Major units, as the cases have them. */
export const major = (amount: number): number => Math.round(amount * 100);

/** What was counted; the rest is 0. */
export const counted = (told: Partial<Counted> = {}): Counted => ({
  ftdCount: 0,
  ggrMinor: 0,
  ngrMinor: 0,
  depositsMinor: 0,
  ...told,
});

/** A month of 30 days under one version of the terms. */
export const monthOf = (said: Said, ...days: Partial<Counted>[]): DealMonthFacts => ({
  daysInMonth: 30,
  stretches: [{ terms: termsOf(said), days: 30, counted: days.map(counted) }],
});
