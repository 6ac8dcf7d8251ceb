import { openVault, type Shop, type Vault } from '@tributary/sync/credential/credential.fixture';
import { rebuild } from '@tributary/sync/rebuild/rebuild';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { rebuilding } from '../runtime/rebuild.ts';
import { openStand, type Stand, stubEnvironment } from './ingest-providers.fixture.ts';

const together = '/v2/orders/batch-retrieve';

describe('a batch of sales of Square', () => {
  let vault: Vault;
  let stand: Stand;
  beforeAll(async () => {
    stubEnvironment();
    vault = await openVault();
  });
  beforeEach(async () => {
    stand = await openStand(vault);
  });
  afterAll(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  const sell = ({ accountRef }: Shop, names: readonly string[]) => {
    for (const name of names)
      stand.square.merchant(accountRef).takePayment({ lines: [{ name, priceMinor: 300 }], customerId: 'ANN' });
  };
  const linesOf = async ({ orgId }: Shop) => {
    const sales = await stand.rows<{ name: string | null }>(
      `select line_items -> 0 ->> 'name' as name from loyalty.transactions where org_id = $1 order by 1`,
      orgId,
    );
    return sales.map(({ name }) => name);
  };
  const ordersAsked = () => stand.square.requests().filter(({ path }) => path.startsWith('/v2/orders'));

  it('asks for its orders at once, keeps each with its event, and is rebuilt from that', async () => {
    const shop = await stand.open('square');
    const names = ['Bun', 'Cake', 'Roll', 'Tea'];
    sell(shop, names);
    expect(await stand.work()).toBe(0);
    expect(await linesOf(shop)).toEqual(names);
    const asked = ordersAsked();
    expect(asked.map(({ path }) => path)).toEqual([together]);
    const kept = await stand.rows<{ request: string; id: string; told: string; resource: string; type: string }>(
      `select p.request, p.resource, e.type, convert_from(p.body, 'utf8')::jsonb -> 'order' ->> 'id' as id,
         e.payload -> 'payment' ->> 'order_id' as told
       from sync.pulls p join inbox.events e on e.org_id = p.org_id and e.id = p.event_id where p.org_id = $1`,
      shop.orgId,
    );
    // Made and paid for: two events each.
    expect(kept).toHaveLength(2 * names.length);
    for (const { request, id, told, resource, type } of kept)
      expect([request, id, resource]).toEqual([`GET v2/orders/${told}`, told, type]);
    expect(await stand.rows('select bytes::int from sync.egress where org_id = $1', shop.orgId)).toEqual([
      { bytes: asked[0]?.bytes },
    ]);
    const rebuilt = await rebuild({ ...vault.database, clock: vault.clock.now, ...rebuilding }, shop.orgId);
    expect(rebuilt).toMatchObject({ isEqual: true, problems: [], differences: [] });
    expect(ordersAsked()).toHaveLength(1);
  });

  it('waits when Square has too much to do, and holds up no other organization of the batch', async () => {
    const shops = [await stand.open('square')];
    stand.square.approveAs(stand.square.addMerchant({ name: 'Other' }).id);
    shops.push(await stand.open('square'));
    stand.square.faults.plan({ fault: 'rate_limited_seconds', seconds: 60, on: ({ path }) => path === together });
    for (const shop of shops) sell(shop, ['Cake', 'Tea']);
    expect(await stand.work()).toBe(4);
    const held = await Promise.all(shops.map(linesOf));
    expect(held.sort((a, b) => a.length - b.length)).toEqual([[], ['Cake', 'Tea']]);
    expect(ordersAsked().map(({ path }) => path)).toEqual([together, together]);
    await vault.clock.advance(60_000);
    expect(await stand.work()).toBe(0);
    expect(await Promise.all(shops.map(linesOf))).toEqual([
      ['Cake', 'Tea'],
      ['Cake', 'Tea'],
    ]);
  });
});
