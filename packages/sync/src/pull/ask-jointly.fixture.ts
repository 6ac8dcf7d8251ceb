import type { Json } from '@tributary/core/canonical-json';
import { type Pull, type RecordedCall, requestLine } from '@tributary/core/provider-call';
import { requestUrl } from '@tributary/providers/address';
import { createGuardedCall } from '@tributary/providers/fetch/guarded-fetch';
import { addressOf } from '@tributary/providers/square/address';
import { createVirtualClock } from '@tributary/sandbox/kernel/virtual-clock';
import { createSquareSandbox } from '@tributary/sandbox/square/sandbox';

export interface PaymentEvent {
  type: string;
  payload: Json;
  provider: string;
  connectionId: string;
}

/** A merchant of Square, and what asks about its payments, recorded as the composition records it. */
export function openMerchant(seed: string, answer?: (path: string) => string | null) {
  const clock = createVirtualClock(new Date('2026-11-21T12:00:00Z'));
  const square = createSquareSandbox({ timeline: clock, seed });
  const merchant = square.merchant();
  const { accessToken } = square.authorize(merchant.id);
  const { url, headers } = addressOf({ apiUrl: 'https://connect.squareup.com', accountRef: merchant.id, accessToken });
  const answering: typeof fetch = async (input, init) => {
    const asked = new Request(input, init);
    const instead = answer?.(new URL(asked.url).pathname) ?? null;
    const response = await square.fetch(asked);
    return instead === null ? response : new Response(instead, { headers: { 'content-type': 'application/json' } });
  };
  const guarded = createGuardedCall({ fetch: answering, clock: clock.now });
  const callOf = (): RecordedCall => {
    let pulls: Pull[] = [];
    let bytes = 0;
    return {
      call: async (request, schema) => {
        const { method = 'GET', json } = request;
        const body = json === undefined ? {} : { json: json as object };
        const read = await guarded(requestUrl(url, request), { method, headers, schema, ...body });
        pulls.push({ request: requestLine(request), body: read.raw, fetchedAt: clock.now() });
        bytes += read.receivedBytes;
        return read.body;
      },
      take: () => {
        const taken = { pulls, bytes };
        pulls = [];
        bytes = 0;
        return taken;
      },
    };
  };
  const eventOf = (payment: object): PaymentEvent => ({
    type: 'payment.updated',
    payload: { payment: payment as Json },
    provider: 'square',
    connectionId: seed,
  });
  /** A sale of one thing by that name. */
  const sell = (name: string) => eventOf(merchant.takePayment({ lines: [{ name, priceMinor: 300 }] }));
  const asked = () => square.requests().map(({ method, path }) => `${method} ${path}`);
  return { square, merchant, callOf, eventOf, sell, asked };
}
