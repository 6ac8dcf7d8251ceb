import { randomUUID } from 'node:crypto';
import { systemClock } from '@tributary/core/clock';
import type { PaymentFact, RefundFact } from '@tributary/core/facts';
import { showId } from '@tributary/core/ids';
import { type TenantTransaction, withSystem, withTenant } from '@tributary/db/transaction';
import { acceptDeliveries } from '@tributary/inbox/accept';
import { applyEvents, type RetryCause } from '@tributary/inbox/apply';
import type { Registry } from '@tributary/inbox/registry';
import { issueReward } from '@tributary/loyalty/redeem/issue-reward';
import { activateRule } from '@tributary/loyalty/rule/activate-rule';
import { createRule } from '@tributary/loyalty/rule/create-rule';
import { configureTiers } from '@tributary/loyalty/tier/configure-tiers';
import { applyFacts as applySales } from '@tributary/loyalty/transaction/apply-facts';
import { explode as explodeClover } from '@tributary/providers/clover/explode';
import { explode as explodeSquare } from '@tributary/providers/square/explode';
import { factsOf } from '@tributary/providers/square/facts';
import { cloverDelivery } from '@tributary/sandbox/clover/delivery';
import { squarePaymentEvent } from '@tributary/sandbox/square/webhook';
import { connect } from '@tributary/sync/connection/connect';
import type { TestDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { createApplyEventFacts } from '../../runtime/registry.ts';

/** Square as in production. Clover's events are stored and wait: their objects would come over HTTP. */
const registry: Registry = {
  square: { explode: explodeSquare, resolve: async (event) => factsOf(event) },
  clover: { explode: explodeClover, resolve: () => Promise.reject(new Error('no Clover here')) },
};

export const minute = (count: number) => new Date(Date.UTC(2026, 5, 1, 12, count));

/** An organization whose every text of its own holds `canary`. */
export class Merchant {
  readonly canary = `canary-${randomUUID()}`;
  readonly #database: TestDatabase;
  readonly orgId: string;

  constructor(database: TestDatabase, orgId: string) {
    this.#database = database;
    this.orgId = orgId;
  }

  payment(change: Partial<PaymentFact> = {}): PaymentFact {
    return {
      kind: 'payment',
      provider: 'square',
      externalId: `pay ${this.canary}`,
      status: 'completed',
      amountMinor: 5000,
      tipMinor: 500,
      taxMinor: null,
      refundedMinor: 0,
      currency: 'USD',
      customer: { externalId: `ann ${this.canary}`, email: 'ann@example.com', mobile: '+14155550100' },
      lineItems: null,
      takenAt: minute(0),
      version: minute(1),
      ...change,
    };
  }

  refund(change: Partial<RefundFact> = {}): RefundFact {
    return {
      kind: 'refund',
      provider: 'square',
      externalId: `ref ${this.canary}`,
      paymentExternalId: `pay ${this.canary}`,
      status: 'completed',
      amountMinor: 2750,
      currency: 'USD',
      version: minute(2),
      ...change,
    };
  }

  apply(...facts: (PaymentFact | RefundFact)[]): Promise<number> {
    return withTenant({ database: this.#database.worker, orgId: this.orgId }, (tx) =>
      applySales(tx, facts, systemClock()),
    );
  }

  /** A rule of that many points per dollar. */
  addRule(conversionRate: number, effectiveFrom?: string) {
    return withTenant({ database: this.#database.api, orgId: this.orgId }, async (tx) => {
      const context = { tx, actor: `owner ${this.canary}` };
      const rule = await createRule(context, { config: { conversionRate } });
      return effectiveFrom === undefined ? rule : activateRule(context, { ruleId: rule.id, effectiveFrom });
    });
  }

  /** A reward of the oldest wallet. */
  issueReward(points: number) {
    return withTenant({ database: this.#database.api, orgId: this.orgId }, async (tx) => {
      const walletId = await oldestWallet(tx);
      return issueReward(
        { tx, actor: `till ${this.canary}`, now: new Date(), key: randomUUID() },
        { walletId, points, basketMinor: 1000, currency: 'USD' },
      );
    });
  }

  configureTiers() {
    const tiers = [{ name: `Base ${this.canary}`, threshold: 0 }];
    return withTenant({ database: this.#database.api, orgId: this.orgId }, (tx) =>
      configureTiers(
        { tx, actor: `owner ${this.canary}` },
        { config: { basis: 'lifetime_points', periodMonths: null, tiers, downgrade: 'one_down' } },
      ),
    );
  }

  connect(provider: 'square' | 'clover'): Promise<unknown> {
    return withSystem(this.#database.system, (tx) =>
      connect(tx, { orgId: this.orgId, provider, accountRef: this.canary }),
    );
  }

  /** Square deliveries of a payment; without an amount one that cannot be understood. */
  async deliver(...amountsMinor: (number | null)[]): Promise<void> {
    const { system, worker } = this.#database;
    const bodies = amountsMinor.map((amountMinor) => {
      const eventId = randomUUID();
      const ids = { eventId, merchantId: this.canary, paymentId: `${this.canary} ${eventId}` };
      const event = squarePaymentEvent({ ...ids, amountMinor: amountMinor ?? 0, createdAt: minute(3).toISOString() });
      return amountMinor === null ? { ...event, data: { ...event.data, object: {} } } : event;
    });
    const accepted = await acceptDeliveries(
      system,
      registry,
      bodies.map((body) => deliveryOf('square', body)),
    );
    const pending = accepted.flatMap((one) => one.pending);
    const report = ({ error }: RetryCause) => {
      throw error;
    };
    const callOf = () => ({
      call: () => Promise.reject(new Error('nobody is asked here')),
      take: () => ({ pulls: [], bytes: 0 }),
    });
    await applyEvents({ worker, registry, callOf, applyFacts: createApplyEventFacts(systemClock), report }, pending);
  }
}

async function oldestWallet(tx: TenantTransaction): Promise<string> {
  const [wallet] = await tx.query<{ id: string }>(
    'select id from loyalty.wallets where org_id = $1 order by id limit 1',
    [tx.orgId],
  );
  return showId('wallet', wallet?.id ?? '');
}

const deliveryOf = (provider: string, body: unknown) => ({
  provider,
  handshake: false,
  receivedAt: minute(4).toISOString(),
  url: 'https://hooks.example.com/',
  headers: {},
  keyId: null,
  body: Buffer.from(JSON.stringify(body)),
});

/** One delivery with an event for each of these merchants. */
export async function deliverToAll(database: TestDatabase, merchants: readonly Merchant[]): Promise<void> {
  const changes = merchants.map(({ canary }) => [
    canary,
    [{ objectId: `P:${randomUUID()}`, type: 'UPDATE' as const, ts: minute(3).getTime() }],
  ]);
  await acceptDeliveries(database.system, registry, [
    deliveryOf('clover', cloverDelivery('app', Object.fromEntries(changes))),
  ]);
}

/** A merchant with at least one of everything the API shows: a sale half refunded, a wallet with a reward, two rules, tiers, and events of each outcome. */
export async function createMerchant(database: TestDatabase): Promise<Merchant> {
  const merchant = new Merchant(database, await createOrganization(database));
  await merchant.connect('square');
  await merchant.connect('clover');
  await merchant.addRule(1, '2026-01-01T00:00:00Z');
  await merchant.addRule(2);
  await merchant.apply(merchant.payment(), merchant.refund());
  await merchant.issueReward(5);
  await merchant.deliver(1000, null);
  // Last: nobody has a tier yet.
  await merchant.configureTiers();
  return merchant;
}
