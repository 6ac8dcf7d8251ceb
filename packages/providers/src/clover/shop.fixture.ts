import { type CloverSandboxOptions, createCloverSandbox } from '@tributary/sandbox/clover/clover-sandbox';
import { createVirtualClock } from '@tributary/sandbox/kernel/virtual-clock';
import { createCall } from '../walk/walk.fixture.ts';
import { addressOf } from './address.ts';
import { explode } from './explode.ts';
import { createCloverSource } from './source.ts';

export const start = new Date('2026-11-21T12:00:00Z');
export const dayMs = 24 * 60 * 60 * 1000;
export const merchantId = 'XYZVJT2ZRRRSC';
const items = [
  { id: 'L1', name: 'Tea', price: 300, discounts: [{ id: 'D1', name: 'Off', amount: -50 }] },
  { id: 'L2', name: 'Cake', price: 450, modifications: [{ id: 'M1', name: 'Cream', amount: 50 }] },
];
export const sale = { amount: 800, taxAmount: 50, tipAmount: 100, lineItems: items, customers: [{ id: 'C1' }] };

/** Of the merchant's own, which does not expire. */
const accessToken = 'merchant-token';

/** A merchant at the simulator, and our way to ask about it. */
export function openShop({ currency = 'USD', ...options }: Partial<CloverSandboxOptions> & { currency?: string } = {}) {
  const clock = createVirtualClock(start);
  const clover = createCloverSandbox({
    merchants: [{ id: merchantId, accessToken, currency }],
    timeline: clock,
    limits: null,
    ...options,
  });
  const address = addressOf({ apiUrl: clover.url, accountRef: merchantId, accessToken });
  const createSource = (pageSize = 100) => createCloverSource({ clock: clock.now, pageSize });
  return { clock, clover, call: createCall(address, clover.fetch), createSource };
}
export type Shop = ReturnType<typeof openShop>;

/** An event as a delivery tells it. */
export const hintAt = (kind: 'P' | 'O', id: string) => {
  const change = { objectId: `${kind}:${id}`, type: 'UPDATE', ts: start.getTime() };
  const [event] = explode(Buffer.from(JSON.stringify({ appId: 'APP', merchants: { [merchantId]: [change] } })));
  if (event === undefined) throw new Error('no event');
  return event;
};
