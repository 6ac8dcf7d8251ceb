import { createCloverSandbox } from '@tributary/sandbox/clover/clover-sandbox';
import { createFaultPlan, type FaultMix, type FaultPlan } from '@tributary/sandbox/kernel/faults';
import { createRandom, type Random } from '@tributary/sandbox/kernel/random';
import type { LoggedRequest } from '@tributary/sandbox/kernel/simulation';
import { createVirtualClock, type VirtualClock } from '@tributary/sandbox/kernel/virtual-clock';
import { createSquareSandbox } from '@tributary/sandbox/square/sandbox';
import type { Account } from './sync.fixture.ts';

export type TillProvider = 'square' | 'clover';

/** What the provider makes of webhooks. */
export type DeliveryFaults = FaultMix['probabilities'];

/** A merchant with a few sales behind it, and the webhooks that told of them. */
export interface History {
  clock: VirtualClock;
  account: Account & { provider: TillProvider };
  /** Of all that its simulator is asked and tells. */
  faults: FaultPlan;
  requests(): readonly LoggedRequest[];
  /** As they arrived. */
  deliveries: Buffer[];
  /** The provider's ids of what was sold. */
  readonly saleIds: readonly string[];
  /** One more thing happens. */
  step(): Promise<void>;
  /** Whatever is still on its way arrives. */
  settle(): Promise<void>;
}

const start = new Date('2026-11-21T09:00:00Z');
const customers = ['ANN', 'BOB', undefined] as const;
const second = 1000;

/** The same seed is the same merchant with the same history, whatever becomes of its webhooks. */
export function openHistory(provider: TillProvider, seed: number, faults: DeliveryFaults): History {
  const clock = createVirtualClock(start);
  const deliveries: Buffer[] = [];
  const receive: typeof fetch = async (input, init) => {
    deliveries.push(Buffer.from(await new Request(input, init).arrayBuffer()));
    return new Response(null, { status: 200 });
  };
  const till = tills[provider](seed, { clock, receive, faults: { probabilities: faults, seed } });
  const random = createRandom(`history ${seed}`);
  const sales: Sale[] = [];
  return {
    clock,
    account: till.account,
    faults: till.faults,
    requests: till.requests,
    deliveries,
    get saleIds() {
      return sales.map(({ id }) => id);
    },
    step: async () => {
      await clock.advance(random.pick([0, 1, second, 20 * second, 600 * second]));
      act(random, till, sales);
    },
    settle: () => clock.advance(600 * second),
  };
}

interface Sale {
  id: string;
  leftMinor: number;
  isOpen: boolean;
}

function act(random: Random, till: Till, sales: Sale[]): void {
  const sale = sales.length === 0 || random.chance(0.45) ? null : random.pick(sales);
  if (sale === null) {
    const [amountMinor, isOpen] = [100 + random.below(20_000), random.chance(0.2)];
    const id = till.sell({ amountMinor, isOpen, customerId: random.pick(customers), tipMinor: random.pick([0, 150]) });
    sales.push({ id, leftMinor: amountMinor, isOpen });
  } else if (sale.isOpen) {
    sale.isOpen = false;
    if (random.chance(0.3)) sale.leftMinor = 0;
    till.close(sale.id, sale.leftMinor > 0);
  } else if (sale.leftMinor > 1 && random.chance(0.6)) {
    const amountMinor = random.chance(0.3) ? sale.leftMinor : 1 + random.below(sale.leftMinor);
    sale.leftMinor -= amountMinor;
    till.refund(sale.id, amountMinor);
  } else till.restate(sale.id);
}

interface Till extends Pick<History, 'account' | 'faults' | 'requests'> {
  sell(sale: { amountMinor: number; tipMinor: number; isOpen: boolean; customerId: string | undefined }): string;
  /** Completes an open sale, or cancels it. */
  close(id: string, isPaid: boolean): void;
  refund(id: string, amountMinor: number): void;
  /** A new version that says nothing new. */
  restate(id: string): void;
}

interface Wiring {
  clock: VirtualClock;
  receive: typeof fetch;
  faults: FaultMix;
}

const tills = { square: openSquare, clover: openClover };

function openSquare(seed: number, { clock, receive, faults }: Wiring): Till {
  const plan = createFaultPlan();
  plan.mix(faults);
  const square = createSquareSandbox({ seed, timeline: clock, faults: plan, webhookFetch: receive });
  square.subscribe({ notificationUrl: 'https://hooks.test' });
  const merchant = square.merchant();
  const { accessToken } = square.authorize(merchant.id);
  return {
    account: { provider: 'square', accountRef: merchant.id, accessToken, fetch: square.fetch },
    faults: plan,
    requests: square.requests,
    sell: ({ amountMinor, tipMinor, isOpen, customerId }) =>
      merchant.takePayment({
        lines: [{ name: 'Tea', priceMinor: amountMinor }],
        tipMinor,
        ...(isOpen && { status: 'APPROVED' as const }),
        ...(customerId !== undefined && { customerId }),
      }).id,
    close: (id, isPaid) => void merchant.changePayment(id, { status: isPaid ? 'COMPLETED' : 'CANCELED' }),
    refund: (paymentId, amountMinor) => void merchant.refundPayment({ paymentId, amountMinor }),
    restate: (id) => void merchant.addProcessingFee(id, 30),
  };
}

function openClover(seed: number, { clock, receive, faults }: Wiring): Till {
  const id = `CLOVER${seed}`;
  const accessToken = `token ${seed}`.replace(' ', '-');
  const clover = createCloverSandbox({
    seed,
    timeline: clock,
    merchants: [{ id, accessToken }],
    webhook: { url: 'https://hooks.test', authCode: 'sesame', fetch: receive },
    limits: null,
  });
  clover.faults.mix(faults);
  return {
    account: { provider: 'clover', accountRef: id, accessToken, fetch: clover.fetch },
    faults: clover.faults,
    requests: clover.requests,
    sell: ({ amountMinor, tipMinor, isOpen, customerId }) =>
      clover.takePayment(id, {
        amount: amountMinor,
        tipAmount: tipMinor,
        taxAmount: 0,
        lineItems: [{ id: `L${amountMinor}`, name: 'Tea', price: amountMinor }],
        ...(isOpen && { result: 'AUTH' }),
        ...(customerId !== undefined && { customers: [{ id: customerId }] }),
      }).id,
    close: (paymentId, isPaid) => void clover.changePayment(id, paymentId, { result: isPaid ? 'SUCCESS' : 'VOIDED' }),
    refund: (paymentId, amountMinor) => void clover.refund(id, paymentId, amountMinor),
    restate: (paymentId) => void clover.changePayment(id, paymentId, {}),
  };
}
