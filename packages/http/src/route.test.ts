import { expect, it } from 'vitest';
import * as z from 'zod';
import { unknownClient } from './edge/client.ts';
import { type Context, route } from './route.ts';
import { Answered } from './wire.ts';

const described = {
  method: 'POST',
  path: '/v1/wallets/{walletId}/entries',
  operationId: 'addEntry',
  summary: 'Adds',
  tags: [],
  params: z.strictObject({ walletId: z.string() }),
  body: z.strictObject({ points: z.int() }),
  response: z.strictObject({ at: z.iso.datetime(), balance: z.int() }),
} as const;
const auth = { orgId: 'o', subject: 's', role: 'owner', requestId: 'r' } as const;
const context = { auth, idempotencyKey: null, client: unknownClient, now: new Date(0) } as const;
const raw = { params: { walletId: 'wal_1' }, query: {}, body: { points: 5 } };

it('a route infers its handler’s input and output from its schemas', async () => {
  const added = route({
    ...described,
    handler: async ({ now }: Context<{ now: Date }>, { params, body }) => {
      const walletId: string = params.walletId;
      const points: number = body.points;
      return { at: now, balance: BigInt(points + walletId.length) };
    },
  });
  expect(await added.run(context, raw)).toBe('{"at":"1970-01-01T00:00:00.000Z","balance":10}');
});

it('a handler can have its answer as text, keep it, and give it again as it was', async () => {
  const kept: string[] = [];
  const added = route({
    ...described,
    handler: async ({ answerText }) => {
      const text = kept[0] ?? answerText({ balance: 10n, at: new Date(0) });
      kept.push(text);
      return new Answered<{ at: Date; balance: bigint }>(text);
    },
  });
  expect([await added.run(context, raw), await added.run(context, raw)]).toEqual([kept[0], kept[0]]);
  expect(kept[0]).toBe('{"at":"1970-01-01T00:00:00.000Z","balance":10}');
  // As of an earlier form of the schema, with another order of its own.
  kept[0] = '{"points": 5, "at": 0}';
  expect(await added.run(context, raw)).toBe('{"points": 5, "at": 0}');
});

// Checked by the compiler: an unused @ts-expect-error is an error.
it('a handler that reads or returns what the schemas do not name does not compile', async () => {
  const wrong = [
    // @ts-expect-error: `balance` is missing.
    route({ ...described, handler: async () => ({ at: new Date(0) }) }),
    // @ts-expect-error: `balance` is no text.
    route({ ...described, handler: async () => ({ at: new Date(0), balance: '10' }) }),
    route({
      ...described,
      // @ts-expect-error: nor in what was answered before.
      handler: async ({ answerText }) => new Answered<{ at: Date; balance: string }>(answerText({ balance: '10' })),
    }),
  ];
  for (const refused of wrong) await expect(refused.run(context, raw)).rejects.toThrow(/balance/);
  // @ts-expect-error: the route has no query.
  route({ ...described, handler: async (_context, { query }) => ({ at: new Date(0), balance: query.limit }) });
});
