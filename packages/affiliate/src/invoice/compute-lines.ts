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
  /** What it was said to come to. */
  amountMinor: number;
  /** How much of that, being below zero, was forgiven; below zero itself when it was taken back of what is void now. */
  waivedMinor: number;
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
 * the total is their sum. A sum below zero is brought to zero by last lines: it is carried to the next invoice, or forgiven month by month.
 * What was forgiven of a month is made up for first when the month comes to more again: nothing is owed twice. Nothing to say is no lines.
 */
export function computeLines({ earned, invoiced, carriedMinor, carriesNegative }: InvoiceFacts): LineRow[] {
  const before = new Map(invoiced.map((slice) => [keyOf(slice), slice]));
  const fresh = earned.filter((slice) => !before.has(keyOf(slice))).map(commissionLine);
  const told = [...fresh, ...adjustments(earned, before)].sort(inOrder);
  const lines = [...told, ...takenBack(told, invoiced).sort(inOrder)];
  if (lines.length === 0 && carriedMinor >= 0) return [];
  const ofMonths = [...lines];
  if (carriedMinor !== 0) lines.push({ ...blank, kind: 'carried_in', amountMinor: -carriedMinor });
  const missing = -totalOf(lines);
  if (missing > 0 && carriesNegative) lines.push({ ...blank, kind: 'carried_out', amountMinor: missing });
  if (missing > 0 && !carriesNegative) lines.push(...forgiven(missing, ofMonths));
  return lines.map((line, index) => ({ ...line, position: index + 1 }));
}

export function totalOf(lines: readonly { amountMinor: number }[]): number {
  return lines.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
}

const blank = {
  ...{ connectionId: null, brand: null, month: null, basisMinor: null, shareBps: null },
  ...{ ftdCount: null, cpaMinor: null, dueMinor: null, invoicedMinor: null },
};

const keyOf = ({ connectionId, month }: Pick<LineRow, 'connectionId' | 'month'>) => `${month} ${connectionId}`;

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
  return Number(amount);
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

/** As much as a month comes to more than was invoiced of it, what was forgiven of it before is no longer; all that is none now is given back. */
function takenBack(told: readonly Line[], invoiced: readonly InvoicedSlice[]): Line[] {
  return invoiced.flatMap(({ connectionId, brand, month, waivedMinor }) => {
    const rise = totalOf(told.filter((line) => keyOf(line) === keyOf({ connectionId, month })));
    const amountMinor = Math.max(0, waivedMinor - Math.max(0, rise)) - waivedMinor;
    return amountMinor === 0 ? [] : [{ ...blank, kind: 'waived' as const, connectionId, brand, month, amountMinor }];
  });
}

/** What is missing, by the months that are below zero, the oldest first; what was carried from earlier invoices is of no month any more. */
function forgiven(missing: number, ofMonths: readonly Line[]): Line[] {
  let left = missing;
  const lines = [...Map.groupBy(ofMonths, keyOf).values()].flatMap((own) => {
    const amountMinor = Math.min(left, Math.max(0, -totalOf(own)));
    left -= amountMinor;
    const { connectionId, brand, month } = own[0] as Line;
    return amountMinor === 0 ? [] : [{ ...blank, kind: 'waived' as const, connectionId, brand, month, amountMinor }];
  });
  return left === 0 ? lines : [...lines, { ...blank, kind: 'waived', amountMinor: left }];
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
