import type { ProviderCall } from '@tributary/core/provider-call';
import { ProviderError } from '@tributary/core/provider-error';
import type { WalkPosition } from '@tributary/core/pull-source';
import * as z from 'zod';
import type { ChangeList, Listing, Next, WalkedRow } from '../walk/read-page.ts';
import { squarePayment } from './payment.ts';
import { squareRefund } from './refund.ts';

const cursor = z.string().nullish();
const paymentList = z
  .looseObject({ payments: z.array(squarePayment).nullish(), cursor })
  .transform((answer) => ({ objects: answer.payments ?? [], cursor: answer.cursor || null }));
const refundList = z
  .looseObject({ refunds: z.array(squareRefund).nullish(), cursor })
  .transform((answer) => ({ objects: answer.refunds ?? [], cursor: answer.cursor || null }));

export const squareLists = {
  payments: { path: 'v2/payments', schema: paymentList },
  refunds: { path: 'v2/refunds', schema: refundList },
} as const;

interface Timed {
  id: string;
  created_at: string;
  updated_at?: string | null | undefined;
}
type ListSchema<Kind extends Timed> = z.ZodType<{ objects: Kind[]; cursor: string | null }>;

export interface SquareRow<Kind> extends WalkedRow {
  readonly object: Kind;
}

interface Asked {
  locationRef: string;
  from: WalkPosition['from'];
  /** 100 is the most: Square takes no notice of more. */
  pageSize: number;
}

/** Before Square was founded. Unless told, only what was created in the last year is listed, whenever it changed. */
const beginTime = '2009-01-01T00:00:00Z';

/** Of a page where the rows of one instant go on, the rows that the next one repeats. */
const repeatedRows = 10;

/**
 * What changed at a location. Whether `updated_at_begin_time` is included is not documented, so a millisecond before is asked for.
 * @see https://developer.squareup.com/reference/square/payments-api/list-payments, …/refunds-api/list-payment-refunds
 */
export function changesAt<Kind extends Timed>(
  call: ProviderCall,
  { path, schema }: { path: string; schema: ListSchema<Kind> },
  { locationRef, from, pageSize }: Asked,
): ChangeList<SquareRow<Kind>> {
  const fromMs = Date.parse(from);
  const query = {
    location_id: locationRef,
    begin_time: beginTime,
    updated_at_begin_time: new Date(fromMs - 1).toISOString(),
    sort_field: 'UPDATED_AT',
    sort_order: 'ASC',
  };
  const list = (at: string | null, limit: number) =>
    call({ path, query: { ...query, limit: String(limit), ...(at !== null && { cursor: at }) } }, schema);

  /** A cursor goes on after a page, so for one that repeats rows a shorter page is asked for. */
  const placeAfter = async (at: string | null, count: number, next: string): Promise<Next | null> => {
    const repeats = Math.min(repeatedRows, count >> 1);
    if (repeats === 0) return { at: next, repeats };
    const shorter = await list(at, count - repeats);
    return shorter.cursor === null ? null : { at: shorter.cursor, repeats };
  };
  const read = async (at: string | null): Promise<Listing<SquareRow<Kind>>> => {
    const { objects, cursor: next } = await list(at, pageSize);
    if (next !== null && next === at) throw new ProviderError('invalid_response', `Square's ${path} run in circles`);
    return { rows: objects.map(toRow), next: next === null ? null : () => placeAfter(at, objects.length, next) };
  };
  return {
    name: `Square's ${path}`,
    read: (at) => (at === null ? read(at) : read(at).catch(refusedCursor)),
    isBeyond: (version) => version.getTime() > fromMs,
  };
}

/** Cursors do not live for ever. */
function refusedCursor(error: unknown): null {
  if (error instanceof ProviderError && (error.status === 400 || error.kind === 'not_found')) return null;
  throw error;
}

function toRow<Kind extends Timed>(object: Kind): SquareRow<Kind> {
  return { id: object.id, version: new Date(object.updated_at ?? object.created_at), object };
}
