import type { Fact } from '@tributary/core/facts';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { factsOf, walk } from '../walk/walk.fixture.ts';
import { dayMs, merchantId, openShop, type Shop, sale, start } from './shop.fixture.ts';

const walkList = (shop: Shop, resource = 'payments', pageSize = 100, from = start) =>
  walk({ source: shop.createSource(pageSize), call: shop.call, stream: { resource, locationRef: '' }, from });
/** By id, the last version. */
const lastVersions = (facts: readonly Fact[]) =>
  new Map(facts.flatMap((fact) => (fact.kind === 'payment' ? [[fact.externalId, fact.version.getTime()]] : [])));
describe('a walk of Clover’s lists', () => {
  it('reaches further back than the 90 days that a filter does, and to the end', async () => {
    const shop = openShop();
    const ids = [];
    for (const days of [1, 150, 80, 300]) {
      ids.push(shop.clover.takePayment(merchantId, { amount: 100 }).id);
      await shop.clock.advance(days * dayMs);
    }
    expect([...lastVersions(factsOf(await walkList(shop))).keys()]).toEqual(ids);
  });

  it('finds by its order what no payment tells', async () => {
    const shop = openShop();
    const { id, orderId } = shop.clover.takePayment(merchantId, sale);
    await shop.clock.advance(dayMs);
    const from = shop.clock.now();
    shop.clover.changeOrder(merchantId, orderId, { customers: [{ id: 'C2' }] });
    expect(factsOf(await walkList(shop, 'payments', 100, from))).toEqual([]);
    expect(factsOf(await walkList(shop, 'orders', 100, from))).toMatchObject([
      { externalId: id, customer: { externalId: 'C2' } },
    ]);
  });

  it('loses no payment while they change under it', async () => {
    const moving = fc.array(fc.array(fc.nat(), { maxLength: 4, size: 'max' }), { maxLength: 10, size: 'max' });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.boolean(), { minLength: 20, maxLength: 30 }), moving, async (sameTime, touched) => {
        const shop = openShop();
        const taken: { id: string; modifiedTime: number }[] = [];
        for (const isSame of sameTime) {
          taken.push(shop.clover.takePayment(merchantId, { amount: 100 }));
          if (!isSame) await shop.clock.advance(1000);
        }
        const truth = new Map(taken.map(({ id, modifiedTime }) => [id, modifiedTime]));
        let turn = 0;
        const pages = await walk({
          source: shop.createSource(5),
          call: shop.call,
          stream: { resource: 'payments', locationRef: '' },
          from: start,
          between: async () => {
            await shop.clock.advance(10);
            for (const index of touched[turn] ?? []) {
              const id = taken[index % taken.length]?.id ?? '';
              truth.set(id, shop.clover.changePayment(merchantId, id, {}).modifiedTime);
            }
            turn += 1;
          },
        });
        expect(lastVersions(factsOf(pages))).toEqual(truth);
      }),
      { numRuns: 25 },
    );
  }, 30_000);

  it('would lose some from offset to offset of one query', async () => {
    const shop = openShop();
    const taken = Array.from({ length: 15 }, () => shop.clover.takePayment(merchantId, { amount: 100 }));
    const seen = new Set<string>();
    const { access_token: token } = shop.clover.issueTokens(merchantId);
    for (let offset = 0; offset < 15; offset += 5) {
      const url = `${shop.clover.url}/v3/merchants/${merchantId}/payments?orderBy=modifiedTime%20ASC&limit=5&offset=${offset}`;
      const response = await shop.clover.fetch(url, { headers: { authorization: `Bearer ${token}` } });
      const { elements } = (await response.json()) as { elements: { id: string; modifiedTime: number }[] };
      for (const { id } of elements) seen.add(id);
      await shop.clock.advance(10);
      if (offset === 0) shop.clover.changePayment(merchantId, elements[0]?.id ?? '', {});
    }
    expect(taken.filter(({ id }) => !seen.has(id))).toHaveLength(1);
  });

  it('is refused when its pages go round, and goes on when they do so once', async () => {
    const shop = openShop();
    const taken = Array.from({ length: 12 }, () => shop.clover.takePayment(merchantId, { amount: 100 }));
    shop.clover.faults.plan({ fault: 'cursor_loop', times: 1000, on: ({ path }) => path.endsWith('/payments') });
    await expect(walkList(shop, 'payments', 5)).rejects.toMatchObject({ kind: 'invalid_response' });
    shop.clover.faults.clear();
    const isSecond = ({ query, path }: { query: URLSearchParams; path: string }) =>
      path.endsWith('/payments') && query.get('offset') !== '0';
    shop.clover.faults.plan({ fault: 'cursor_loop', on: isSecond });
    expect([...lastVersions(factsOf(await walkList(shop, 'payments', 5))).keys()].sort()).toEqual(
      taken.map(({ id }) => id).sort(),
    );
  });
});
