import type { ProviderCall } from '@tributary/core/provider-call';
import type * as z from 'zod';
import type { ChangeList, Listing, Next, WalkedRow } from '../walk/read-page.ts';
import { expandedOrder, expandedPayment, orderFields, paymentFields } from './expanded.ts';
import { listOf } from './list.ts';
import type { CloverPayment } from './payment.ts';

interface Listed {
  id: string;
  createdTime?: number | null | undefined;
  modifiedTime?: number | null | undefined;
  payments: CloverPayment[];
}

const changeMsOf = ({ modifiedTime, createdTime }: Listed) => modifiedTime ?? createdTime ?? Number.NaN;
const isTimed = (listed: Listed) => !Number.isNaN(changeMsOf(listed));

const paymentOnItsOwn = expandedPayment.transform((payment) => ({ ...payment, payments: [payment] }));

/** Both lists are read for the payments that they bring. */
export const cloverLists = {
  payments: { path: 'payments', expand: paymentFields, schema: listOf(paymentOnItsOwn.refine(isTimed)) },
  orders: { path: 'orders', expand: orderFields, schema: listOf(expandedOrder.refine(isTimed)) },
} as const;

export interface CloverRow extends WalkedRow {
  readonly payments: readonly CloverPayment[];
}

/** Both ends included. */
export interface Span {
  fromMs: number;
  toMs: number;
}

/** Of a page where the rows of one instant go on, the rows that the next one repeats. */
const repeatedRows = 10;

/**
 * What changed in a span of time. @see https://docs.clover.com/dev/docs/applying-filters, …/sorting-collections, …/paginating-elements
 */
export function changesIn(
  call: ProviderCall,
  { path, expand, schema }: (typeof cloverLists)[keyof typeof cloverLists],
  { span, pageSize }: { span: Span; pageSize: number },
): ChangeList<CloverRow> {
  const read = async (at: string | null): Promise<Listing<CloverRow>> => {
    const offset = Number(at ?? 0);
    const query = { ...changedIn(span), expand, limit: String(pageSize), offset: String(offset) };
    const elements: readonly Listed[] = (await call({ path, query }, schema as z.ZodType<{ elements: Listed[] }>))
      .elements;
    const next = (): Next => {
      const repeats = Math.min(repeatedRows, elements.length >> 1);
      return { at: String(offset + elements.length - repeats), repeats };
    };
    return { rows: elements.map(toRow), next: elements.length < pageSize ? null : next };
  };
  return { name: `Clover's ${path}`, read, isBeyond: (version) => version.getTime() > span.fromMs };
}

/** Oldest change first. */
export function changedIn({ fromMs, toMs }: Span) {
  return { filter: [`modifiedTime>=${fromMs}`, `modifiedTime<=${toMs}`], orderBy: 'modifiedTime ASC' };
}

function toRow(listed: Listed): CloverRow {
  return { id: listed.id, version: new Date(changeMsOf(listed)), payments: listed.payments };
}
