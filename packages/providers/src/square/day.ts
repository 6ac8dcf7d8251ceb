import type { DaySource, Span } from '@tributary/core/day-source';
import type { ProviderCall } from '@tributary/core/provider-call';
import { ProviderError } from '@tributary/core/provider-error';
import type * as z from 'zod';
import { orNull } from '../or-null.ts';
import { squareLists } from './changes.ts';
import { readLocations } from './locations.ts';
import * as payment from './payment.ts';
import * as refund from './refund.ts';
import { readPayment, readRefund } from './single.ts';

/**
 * Payments and refunds by when they were made, which no later change moves.
 * @see https://developer.squareup.com/reference/square/payments-api/list-payments, …/refunds-api/list-payment-refunds
 */
export const squareDays: DaySource = {
  list: async (call, span) => {
    const payments = [];
    // Without a location only those of the main one are listed; refunds are those of all.
    for (const { id } of await readLocations(call))
      payments.push(...(await listMade(call, squareLists.payments, span, { location_id: id })));
    const refunds = await listMade(call, squareLists.refunds, span, {});
    return [...payments.map((one) => payment.toFact(one)), ...refunds.flatMap((one) => refund.toFact(one) ?? [])];
  },
  read: async (call, { resource, externalId }) => {
    const fact = await orNull<Awaited<ReturnType<typeof readPayment | typeof readRefund>>>(
      resource === 'refunds' ? readRefund(call, externalId) : readPayment(call, externalId),
    );
    return fact && [fact];
  },
};

interface Made {
  id: string;
  created_at: string;
}

async function listMade<Kind extends Made>(
  call: ProviderCall,
  { path, schema }: { path: string; schema: z.ZodType<{ objects: Kind[]; cursor: string | null }> },
  { from, to }: Span,
  where: Readonly<Record<string, string>>,
): Promise<Kind[]> {
  const made = new Map<string, Kind>();
  const asked = new Set<string>();
  const span = { begin_time: from.toISOString(), end_time: to.toISOString() };
  const query = { ...where, ...span, sort_field: 'CREATED_AT', sort_order: 'ASC', limit: '100' };
  for (let cursor: string | null = null; ; ) {
    const page: { objects: Kind[]; cursor: string | null } = await call(
      { path, query: { ...query, ...(cursor !== null && { cursor }) } },
      schema,
    );
    // Whether the ends are included is not documented.
    for (const object of page.objects) if (isWithin(object, { from, to })) made.set(object.id, object);
    cursor = page.cursor;
    if (cursor === null) return [...made.values()];
    if (asked.has(cursor)) throw new ProviderError('invalid_response', `Square's ${path} run in circles`);
    asked.add(cursor);
  }
}

function isWithin({ created_at: at }: Made, { from, to }: Span): boolean {
  return Date.parse(at) >= from.getTime() && Date.parse(at) < to.getTime();
}
