import type { Clock } from '@tributary/core/clock';
import { PermanentFailure } from '@tributary/core/errors';
import type { Fact } from '@tributary/core/facts';
import type { ApplyFacts, PendingEvent, ProviderAdapter, Registry } from '@tributary/inbox/registry';
import { applyFacts as applySales } from '@tributary/loyalty/transaction/apply-facts';
import { createCloverClient } from '@tributary/providers/clover/client';
import { explode as explodeClover } from '@tributary/providers/clover/explode';
import { hintOf, revocationOf } from '@tributary/providers/clover/hint';
import { type CloverPayment, toFacts } from '@tributary/providers/clover/payment';
import { createGuardedFetch } from '@tributary/providers/fetch/guarded-fetch';
import { ProviderError } from '@tributary/providers/fetch/provider-error';
import { explode as explodeSquare } from '@tributary/providers/square/explode';
import { factsOf } from '@tributary/providers/square/facts';
import { disconnect } from '@tributary/sync/connection/connect';
import { setting } from './config.ts';
import { credentials } from './credentials.ts';

/** A Square event carries the object itself. */
const square: ProviderAdapter = {
  explode: explodeSquare,
  resolve: async (event) => factsOf(event),
};

/** A Clover event says which object changed; the object is asked for. */
function createClover(): ProviderAdapter {
  const baseUrl = setting('CLOVER_API_URL');
  const client = createCloverClient({ baseUrl, fetch: createGuardedFetch({ allowLoopback: isLoopback(baseUrl) }) });
  const envelope = credentials();

  async function fetchPayments(event: PendingEvent): Promise<CloverPayment[]> {
    const hint = hintOf(event);
    if (hint.kind !== 'P' && hint.kind !== 'O') return [];
    if (event.sealedAccessToken === null) throw new Error('the connection has no access token yet');
    const { orgId, connectionId, accountRef: merchantId } = event;
    const accessToken = await envelope.open({ orgId, connectionId, field: 'access_token' }, event.sealedAccessToken);
    if (hint.kind === 'O') return client.getOrderPayments({ merchantId, orderId: hint.id, accessToken });
    return [await client.getPayment({ merchantId, paymentId: hint.id, accessToken })];
  }

  return {
    explode: explodeClover,
    async resolve(event): Promise<Fact[]> {
      const revocation = revocationOf(event);
      if (revocation) return [revocation];
      const payments = await fetchPayments(event).catch((error: unknown) => {
        // Whatever else went wrong may be right next time; an id that names nothing stays so.
        if (error instanceof ProviderError && error.kind === 'not_found') {
          throw new PermanentFailure('provider_not_found', 'Clover has no such object', { cause: error });
        }
        throw error;
      });
      return payments.flatMap(toFacts);
    },
  };
}

const isLoopback = (url: string) => ['127.0.0.1', '[::1]', 'localhost'].includes(new URL(url).hostname);

export function createRegistry(): Registry {
  return { square, clover: createClover() };
}

/** Each kind of fact to what it concerns. */
export function createApplyFacts(clock: Clock): ApplyFacts {
  return async (tx, told) => {
    const sales = told.flatMap(({ facts }) => facts.filter((fact) => fact.kind !== 'revocation'));
    if (sales.length > 0) await applySales(tx, sales, clock());
    for (const { event, facts } of told) {
      for (const fact of facts) {
        if (fact.kind === 'revocation') {
          await disconnect(tx, { orgId: event.orgId, connectionId: event.connectionId, at: fact.at });
        }
      }
    }
  };
}
