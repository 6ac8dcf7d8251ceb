import type { CloverSandbox } from '../src/clover/clover-sandbox.ts';
import type { SandboxPayment } from '../src/clover/objects.ts';
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

/** Asks for a list of the merchant M1, whose token is `t`. */
export function askList(clover: CloverSandbox, query: string, kind: 'payments' | 'orders' = 'payments') {
  return checkedFetch(clover.fetch)(`${clover.url}/v3/merchants/M1/${kind}?${query}`, {
    headers: { authorization: 'Bearer t' },
  });
}

export async function idsOf(response: Response): Promise<string[]> {
  const { elements } = (await response.json()) as { elements: { id: string }[] };
  return elements.map(({ id }) => id);
}
