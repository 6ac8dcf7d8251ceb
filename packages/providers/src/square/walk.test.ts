import type { Fact } from '@tributary/core/facts';
import type { ProviderCall } from '@tributary/core/provider-call';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factsOf, walk } from '../walk/walk.fixture.ts';
import { openShop, type Shop, start } from './shop.fixture.ts';
import { createSquareSource } from './source.ts';

const walkPayments = ({ call, locationRef }: Shop, pageSize = 100, from = start) =>
  walk({ source: createSquareSource({ pageSize }), call, stream: { resource: 'payments', locationRef }, from });
const walkRefunds = ({ call, locationRef }: Shop) =>
  walk({ source: createSquareSource(), call, stream: { resource: 'refunds', locationRef }, from: start });
/** By id, the last version. */
const lastVersions = (facts: readonly Fact[]) =>
  new Map(facts.flatMap((fact) => (fact.kind === 'payment' ? [[fact.externalId, fact.version.toISOString()]] : [])));
const truth = ({ merchant }: Shop) => new Map(merchant.payments().map(({ id, updated_at }) => [id, updated_at]));

describe('a walk of Square’s lists', () => {
  it('brings refunds, each with its payment', async () => {
    const shop = openShop();
    const { id } = shop.merchant.takePayment({ amountMinor: 500 });
    const refund = shop.merchant.refundPayment({ paymentId: id, amountMinor: 200 });
    expect(factsOf(await walkRefunds(shop))).toMatchObject([
      { kind: 'refund', externalId: refund.id, paymentExternalId: id, amountMinor: 200, status: 'completed' },
    ]);
  });

  it('finds a payment of two years ago that changed now, and one that was taken offline last week', async () => {
    const shop = openShop();
    const offlineAt = new Date('2024-11-21T12:00:00Z');
    const { id } = shop.merchant.takePayment({ amountMinor: 500, offlineAt });
    expect([...lastVersions(factsOf(await walkPayments(shop))).keys()]).toEqual([id]);
  });

  it.each(['inclusive', 'exclusive'] as const)(
    'begins with what changed at its time when Square’s is %s',
    async (kind) => {
      const shop = openShop({ updatedAtBegin: kind });
      const { updated_at: at } = shop.merchant.takePayment({ amountMinor: 500 });
      expect(factsOf(await walkPayments(shop, 100, new Date(at)))).toHaveLength(1);
    },
  );

  it.each(['keyset', 'offset'] as const)(
    'loses no payment while they change under it, whatever a cursor is (%s)',
    async (cursorKind) => {
      const moving = fc.array(fc.array(fc.nat(), { maxLength: 4, size: 'max' }), { maxLength: 10, size: 'max' });
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.boolean(), { minLength: 30, maxLength: 40 }),
          moving,
          async (sameTime, touched) => {
            const shop = openShop({ cursorKind });
            for (const isSame of sameTime) {
              shop.merchant.takePayment({ amountMinor: 100 });
              if (!isSame) await shop.clock.advance(1000);
            }
            const ids = shop.merchant.payments().map(({ id }) => id);
            const facts: Fact[] = [];
            let turn = 0;
            const { call, locationRef } = shop;
            const pages = await walk({
              source: createSquareSource({ pageSize: 5 }),
              call,
              stream: { resource: 'payments', locationRef },
              from: start,
              between: async () => {
                await shop.clock.advance(10);
                for (const index of touched[turn] ?? [])
                  shop.merchant.addProcessingFee(ids[index % ids.length] ?? '', 1);
                turn += 1;
              },
            });
            facts.push(...factsOf(pages));
            expect(lastVersions(facts)).toEqual(truth(shop));
          },
        ),
        { numRuns: 25 },
      );
    },
    30_000,
  );

  it('would lose some by offset if it went from page to page of one query', async () => {
    const shop = openShop({ cursorKind: 'offset' });
    for (let count = 0; count < 30; count += 1) shop.merchant.takePayment({ amountMinor: 100 });
    const address = new URL('https://connect.squareup.com/v2/payments?sort_field=UPDATED_AT&sort_order=ASC&limit=5');
    const { accessToken } = shop.square.authorize(shop.merchant.id);
    const seen = new Set<string>();
    for (let cursor: string | undefined = ''; cursor !== undefined; ) {
      if (cursor) address.searchParams.set('cursor', cursor);
      const response = await shop.square.fetch(address, { headers: { authorization: `Bearer ${accessToken}` } });
      const page = (await response.json()) as { payments?: { id: string; updated_at: string }[]; cursor?: string };
      for (const { id, updated_at } of page.payments ?? []) seen.add(`${id} ${updated_at}`);
      cursor = page.cursor;
      await shop.clock.advance(10);
      if (seen.size === 5) shop.merchant.addProcessingFee([...seen][0]?.split(' ')[0] ?? '', 1);
    }
    expect([...truth(shop)].filter(([id, at]) => !seen.has(`${id} ${at}`))).not.toEqual([]);
  });

  it('is refused when its pages go round, and goes on when they do so once', async () => {
    const shop = openShop();
    for (let count = 0; count < 12; count += 1) shop.merchant.takePayment({ amountMinor: 100 });
    shop.square.faults.plan({ fault: 'cursor_loop', times: 1000, on: ({ path }) => path === '/v2/payments' });
    await expect(walkPayments(shop, 5)).rejects.toMatchObject({ kind: 'invalid_response' });
    expect(shop.call.asked.length).toBeLessThan(20);
    shop.square.faults.clear();
    shop.square.faults.plan({ fault: 'cursor_loop', times: 1 });
    expect(lastVersions(factsOf(await walkPayments(shop, 5)))).toEqual(truth(shop));
  });

  it('begins its instant anew when Square no longer takes a cursor', async () => {
    const shop = openShop();
    for (let count = 0; count < 12; count += 1) shop.merchant.takePayment({ amountMinor: 100 });
    const forgetful: ProviderCall = (request, schema) => {
      const { cursor, ...query } = request.query ?? {};
      const isOld = cursor !== undefined && shop.call.asked.length < 8;
      return shop.call(isOld ? { ...request, query: { ...query, cursor: 'forgotten' } } : request, schema);
    };
    expect(
      lastVersions(factsOf(await walkPayments({ ...shop, call: Object.assign(forgetful, shop.call) }, 5))),
    ).toEqual(truth(shop));
  });
});
