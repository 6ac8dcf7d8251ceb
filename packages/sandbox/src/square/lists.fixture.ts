import { expect } from 'vitest';
import type { SquareSandboxOptions } from './sandbox.ts';
import { createTestSquare } from './square.fixture.ts';

export interface Row {
  id: string;
  updated_at: string;
}

/** A Square with one merchant, and short words to sell there and to ask for lists. */
export function openLists(options?: SquareSandboxOptions) {
  const square = createTestSquare(options);
  const merchant = square.sandbox.merchant();
  const list = async (
    query: Record<string, string> = {},
    resource = 'payments',
    token = square.token,
  ): Promise<Row[]> => {
    const { status, body } = await square.ask(`GET /v2/${resource}?${new URLSearchParams(query)}`, { token });
    expect(status).toBe(200);
    return body[resource] ?? [];
  };
  return {
    square,
    merchant,
    /** The rows of one page; of payments, unless told. */
    list,
    ids: async (query?: Record<string, string>, resource?: string) => (await list(query, resource)).map(({ id }) => id),
    /** So many payments, one after the other. Answers their ids. */
    sell: async (count: number, everyMs = 1000): Promise<string[]> => {
      const taken = [];
      for (let index = 0; index < count; index += 1) {
        taken.push(merchant.takePayment({ amountMinor: 100 + index }).id);
        await square.clock.advance(everyMs);
      }
      return taken;
    },
  };
}
