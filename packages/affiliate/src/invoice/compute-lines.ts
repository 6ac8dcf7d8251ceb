import { divide } from '@tributary/core/money';
import type { LineRow } from './invoice.sql.ts';

/** What a sub-affiliate's traffic did in a month at one connection, as far as one rate goes. */
export interface EarnedSlice {
  connectionId: string;
  brand: string;
  /** Its first day, YYYY-MM-DD. */
  month: string;
  /** One of the two rates; the other is null. */
  shareBps: number | null;
  cpaMinor: number | null;
  commissionMinor: number;
  ftdCount: number;
}

/** What issued invoices that are not void say of a month at a connection, all their lines together. */
export interface InvoicedSlice {
  connectionId: string;
  brand: string;
  month: string;
  amountMinor: number;
}

export interface InvoiceFacts {
  earned: readonly EarnedSlice[];
  invoiced: readonly InvoicedSlice[];
  /** What earlier invoices were below zero by and none took into account yet; below zero itself when one did that is void now. */
  carriedMinor: number;
  carriesNegative: boolean;
}

type Line = Omit<LineRow, 'position'>;

/**
 * The lines of an invoice in one currency: what months come to that were not invoiced, one line per connection, month and rate; the
 * difference where one was invoiced already; what was carried from earlier invoices. Each line is rounded by itself, half away from zero;
 * the total is their sum. A sum below zero is brought to zero by a last line: it is carried to the next invoice, or forgiven.
 * Nothing to say is no lines.
 */
export function computeLines({ earned, invoiced, carriedMinor, carriesNegative }: InvoiceFacts): LineRow[] {
  const before = new Map(invoiced.map((slice) => [keyOf(slice), slice]));
  const fresh = earned.filter((slice) => !before.has(keyOf(slice))).map(commissionLine);
  const lines = [...fresh, ...adjustments(earned, before)].sort(inOrder);
  if (lines.length === 0 && carriedMinor >= 0) return [];
  if (carriedMinor !== 0) lines.push({ ...blank, kind: 'carried_in', amountMinor: -carriedMinor });
  const sum = totalOf(lines);
  if (sum < 0) lines.push({ ...blank, kind: carriesNegative ? 'carried_out' : 'waived', amountMinor: -sum });
  return lines.map((line, index) => ({ ...line, position: index + 1 }));
}

export function totalOf(lines: readonly { amountMinor: number }[]): number {
  return lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}

const blank = {
  ...{ connectionId: null, brand: null, month: null, basisMinor: null, shareBps: null },
  ...{ ftdCount: null, cpaMinor: null, dueMinor: null, invoicedMinor: null },
};

const keyOf = ({ connectionId, month }: { connectionId: string; month: string }) => `${month} ${connectionId}`;

function commissionLine(slice: EarnedSlice): Line {
  const { connectionId, brand, month, shareBps, cpaMinor, commissionMinor, ftdCount } = slice;
  const rated = shareBps === null ? { ftdCount, cpaMinor } : { basisMinor: commissionMinor, shareBps };
  return { ...blank, kind: 'commission', connectionId, brand, month, ...rated, amountMinor: amountOf(slice) };
}

/** Exact, then rounded once. */
function amountOf({ shareBps, cpaMinor, commissionMinor, ftdCount }: EarnedSlice): number {
  const exact = shareBps === null ? BigInt(ftdCount) * BigInt(cpaMinor ?? 0) : null;
  const amount = exact ?? divide(BigInt(commissionMinor) * BigInt(shareBps ?? 0), 10_000n, 'round');
  if (!Number.isSafeInteger(Number(amount))) throw new RangeError('an amount beyond 2^53 - 1');
  // What rounds to zero from below is zero, not minus zero.
  return Number(amount) + 0;
}

function adjustments(earned: readonly EarnedSlice[], before: ReadonlyMap<string, InvoicedSlice>): Line[] {
  return [...before].flatMap(([key, { amountMinor: invoicedMinor, connectionId, brand, month }]) => {
    const dueMinor = totalOf(earned.filter((slice) => keyOf(slice) === key).map(commissionLine));
    const amountMinor = dueMinor - invoicedMinor;
    const place = { connectionId, brand, month };
    return amountMinor === 0
      ? []
      : [{ ...blank, kind: 'adjustment' as const, ...place, dueMinor, invoicedMinor, amountMinor }];
  });
}

/** By month, then connection, then rate: the same facts make the same invoice. */
function inOrder(a: Line, b: Line): number {
  const [one, other] = [a, b].map(({ month, brand, connectionId }) => `${month} ${brand} ${connectionId}`) as [
    string,
    string,
  ];
  if (one !== other) return one < other ? -1 : 1;
  return (a.shareBps ?? -1) - (b.shareBps ?? -1) || (a.cpaMinor ?? -1) - (b.cpaMinor ?? -1);
}
