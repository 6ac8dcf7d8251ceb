import { type CloverSandboxOptions, createCloverSandbox } from '../src/clover/clover-sandbox.ts';
import type { SandboxPayment } from '../src/clover/objects.ts';
import { createVirtualClock } from '../src/kernel/virtual-clock.ts';
import { checkedFetch } from './checked-clover.ts';

export const startMs = new Date('2026-11-21T12:00:00Z').getTime();

/** A payment that came to be so long before the start. */
export function payment(id: string, ageMs: number, more: Partial<SandboxPayment> = {}): SandboxPayment {
  const at = startMs - ageMs;
  return { id, orderId: `O${id}`, amount: 100, result: 'SUCCESS', createdTime: at, modifiedTime: at, ...more };
}

/** `P000007` */
export const name = (number: number) => `P${String(number).padStart(6, '0')}`;

export const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, index) => from + index);

/** A merchant M1 with these payments, whose token is `t` and whose calls nobody limits; asks for its lists. */
export function openLists(payments: readonly SandboxPayment[], options: Partial<CloverSandboxOptions> = {}) {
  const clock = createVirtualClock(new Date(startMs));
  const merchants = [{ id: 'M1', accessToken: 't', payments }];
  const clover = createCloverSandbox({ merchants, timeline: clock, limits: null, ...options });
  const headers = { authorization: 'Bearer t' };
  const ask = (query: string, kind: 'payments' | 'orders' = 'payments') =>
    checkedFetch(clover.fetch)(`${clover.url}/v3/merchants/M1/${kind}?${query}`, { headers });
  const ids = async (query: string, kind?: 'payments' | 'orders') => idsOf(await ask(query, kind));
  return { clock, clover, ask, ids };
}

export async function idsOf(response: Response): Promise<string[]> {
  const { elements } = (await response.json()) as { elements: { id: string }[] };
  return elements.map(({ id }) => id);
}
