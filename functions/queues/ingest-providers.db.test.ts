import { addContact } from '@tributary/sandbox/xero/books';
import { openVault, type Shop, type Vault } from '@tributary/sync/credential/credential.fixture';
import { findDue } from '@tributary/sync/credential/find-due';
import type { ProviderName } from '@tributary/sync/credential/providers.fixture';
import { revokeCredential } from '@tributary/sync/credential/revoke-credential';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { ofEach } from '../runtime/providers.ts';
import { openStand, type Stand, stubEnvironment, xeroUser } from './ingest-providers.fixture.ts';

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

interface EventRow {
  type: string;
  status: string;
  reason: string | null;
}
/** Of what is asked for: not those about the application itself. */
const eventsOf = ({ orgId }: Shop) =>
  stand.rows<EventRow>(
    `select type, status, reason from inbox.events where org_id = $1 and type not like 'A:%' order by id`,
    orgId,
  );
const salesOf = ({ orgId }: Shop) =>
  stand.rows<Record<string, unknown>>(
    `select provider_transaction_id as id, amount_minor::int as amount, refunded_minor::int as refunded, line_items as lines
     from loyalty.transactions where org_id = $1`,
    orgId,
  );
const pullsOf = ({ orgId }: Shop) =>
  stand.rows<{ request: string; body: string; type: string }>(
    `select p.request, convert_from(p.body, 'utf8') as body, e.type from sync.pulls p
     join inbox.events e on e.org_id = p.org_id and e.id = p.event_id where p.org_id = $1 order by p.id`,
    orgId,
  );
const connectionOf = async ({ connectionId }: Shop) => {
  const [row] = await stand.rows<Record<string, unknown>>(
    `select c.status, c.next_run_at, r.active as routed from sync.connections c
     join sync.routes r on r.org_id = c.org_id and r.connection_id = c.id where c.id = $1`,
    connectionId,
  );
  return row;
};

describe('what webhooks of the three providers say is asked for and applied', () => {
  it('Clover hints at a payment: it is fetched, applied, and what was answered is kept with its event', async () => {
    const shop = await stand.open('clover');
    const payment = stand.clover.takePayment(shop.accountRef, {
      amount: 1545,
      lineItems: [{ id: 'LINE1', name: 'Cake', price: 1545 }],
    });
    expect(await stand.work()).toBe(0);
    expect(await salesOf(shop)).toMatchObject([{ id: payment.id, amount: 1545, lines: [{ name: 'Cake' }] }]);
    const pulls = await pullsOf(shop);
    expect(pulls.map(({ request }) => request).join(' ')).toContain(payment.id);
    for (const { body } of pulls) expect(JSON.parse(body)).toBeTypeOf('object');
    expect(new Set((await eventsOf(shop)).map(({ status }) => status))).toEqual(new Set(['applied']));
  });

  it('Clover hints at a refund: the payment says how much', async () => {
    const shop = await stand.open('clover');
    const payment = stand.clover.takePayment(shop.accountRef, { amount: 1000 });
    await stand.work();
    stand.clover.refund(shop.accountRef, payment.id, 400);
    expect(await stand.work()).toBe(0);
    expect(await salesOf(shop)).toMatchObject([{ id: payment.id, refunded: 400 }]);
  });

  it('Xero hints at a contact: its newest version is kept, once', async () => {
    const shop = await stand.open('xero');
    const books = stand.xero.organisation(shop.accountRef);
    const id = addContact(books, { name: 'Ann' });
    await stand.work();
    books.save('Contacts', { ContactID: id, Name: 'Anna' });
    expect(await stand.work()).toBe(0);
    const objects = await stand.rows(
      `select resource, external_id, body ->> 'Name' as name, removed from sync.objects where org_id = $1`,
      shop.orgId,
    );
    expect(objects).toEqual([{ resource: 'Contacts', external_id: id, name: 'Anna', removed: false }]);
    expect((await pullsOf(shop)).map(({ type }) => type)).toEqual(['CONTACT:CREATE', 'CONTACT:UPDATE']);
    const [egress] = await stand.rows<{ bytes: string }>(
      `select bytes from sync.egress where org_id = $1 and provider = 'xero'`,
      shop.orgId,
    );
    expect(Number(egress?.bytes)).toBeGreaterThan(0);
  });

  it('Square says what was paid, and its order what was sold', async () => {
    const shop = await stand.open('square');
    const { id } = stand.square.merchant(shop.accountRef).takePayment({
      lines: [{ name: 'Flat white', priceMinor: 450, quantity: 2, taxMinor: 81 }],
    });
    expect(await stand.work()).toBe(0);
    expect(await salesOf(shop)).toMatchObject([{ id, amount: 981, lines: [{ name: 'Flat white' }] }]);
    const requests = (await pullsOf(shop)).map(({ request }) => request);
    expect(requests).toEqual(Array(2).fill(expect.stringMatching(/^GET v2\/orders\//)));
    expect((await eventsOf(shop)).map(({ type, status }) => `${type} ${status}`).sort()).toEqual([
      'order.updated ignored',
      'payment.created applied',
      'payment.updated applied',
    ]);
  });

  it('numbers of Xero that never come are noted, and so is that it began to deliver', async () => {
    await stand.rows('delete from inbox.sequences');
    const shop = await stand.open('xero');
    const books = stand.xero.organisation(shop.accountRef);
    await stand.work();
    addContact(books, { name: 'Ann' });
    await stand.work();
    stand.xero.webhooks.skipSequences(3);
    addContact(books, { name: 'Bob' });
    await stand.work();
    const noted = await stand.rows('select provider, seen, restarted_at is not null as began from inbox.sequences');
    expect(noted).toEqual([{ provider: 'xero', seen: '{[1,2),[5,6)}', began: true }]);
  });
});

describe('a provider that does not let us in', () => {
  it.each(['clover', 'xero'] as const)(
    '%s: the event waits in quarantine, and is applied once we are let in again',
    async (provider) => {
      const shop = await stand.open(provider);
      await hintInVain(provider, shop);
      expect(await stand.work()).toBe(0);
      const waits = { status: 'quarantined', reason: 'needs_reconnect' };
      const events = await eventsOf(shop);
      expect(events.length).toBeGreaterThan(0);
      for (const event of events) expect(event).toMatchObject(waits);
      expect(await connectionOf(shop)).toEqual({ status: 'needs_reconnect', next_run_at: null, routed: true });
      await stand.resume();
      await stand.work();
      expect(await eventsOf(shop)).toEqual(events);

      await reconnect(provider, shop);
      await stand.resume();
      expect(await stand.work()).toBe(0);
      expect(new Set((await eventsOf(shop)).map(({ status }) => status))).toEqual(new Set(['applied']));
    },
  );

  it('is asked no more once it has said so', async () => {
    const shop = await stand.open('clover');
    await hintInVain('clover', shop);
    await stand.work();
    const asked = stand.asked('clover').length;
    for (let times = 0; times < 5; times += 1) hint('clover', shop);
    await stand.work();
    expect(stand.asked('clover').length).toBe(asked);
  });

  it('one that only has too much to do is asked later, and not before it said', async () => {
    for (const provider of ['clover', 'xero'] as const) {
      const shop = await stand.open(provider);
      const faults = stand[provider].faults;
      faults.plan({ fault: 'rate_limited_seconds', seconds: 60 });
      hint(provider, shop);
      expect(await stand.work()).toBeGreaterThan(0);
      const asked = stand.asked(provider).length;
      for (let times = 0; times < 3; times += 1) expect(await stand.work()).toBeGreaterThan(0);
      expect([provider, stand.asked(provider).length]).toEqual([provider, asked]);
      expect((await eventsOf(shop)).map(({ status }) => status)).toContain('pending');
      await vault.clock.advance(60_000);
      expect(await stand.work()).toBe(0);
      expect((await eventsOf(shop)).every(({ status }) => status === 'applied')).toBe(true);
    }
    expect(new Set(stand.retried.map(({ step }) => step))).toEqual(new Set(['resolve']));
  });

  it('Square, when it has too much to do, has its sales wait for their lines', async () => {
    const shop = await stand.open('square');
    stand.square.faults.plan({ fault: 'rate_limited_seconds', seconds: 60 });
    stand.square.merchant(shop.accountRef).takePayment({ lines: [{ name: 'Tea', priceMinor: 300 }] });
    expect(await stand.work()).toBeGreaterThan(0);
    const asked = stand.asked('square').length;
    for (let times = 0; times < 3; times += 1) await stand.work();
    expect(stand.asked('square').length).toBe(asked);
    await vault.clock.advance(60_000);
    expect(await stand.work()).toBe(0);
    expect(await salesOf(shop)).toMatchObject([{ amount: 300, lines: [{ name: 'Tea' }] }]);
  });
});

describe('a merchant who withdraws', () => {
  it.each(['square', 'clover'] as const)(
    '%s: is disconnected in the batch that says so, and the schedule ends the tokens',
    async (provider) => {
      const shop = await stand.open(provider);
      await vault.clock.advance(1000);
      if (provider === 'square') stand.square.merchant(shop.accountRef).revokeApplication();
      else stand.clover.uninstall(shop.accountRef);
      expect(await stand.work()).toBe(0);
      expect(await connectionOf(shop)).toEqual({ status: 'disconnected', next_run_at: null, routed: false });
      const due = await findDue(vault.database.system, {
        now: vault.clock.now(),
        renewal: ofEach(({ renewal }) => renewal),
        atMost: 10,
      });
      const { orgId, credentialId } = shop;
      expect(due).toContainEqual({ kind: 'revoke', orgId, credentialId });
      const held = { ...vault.process(stand.oauth), system: vault.database.system };
      expect(await revokeCredential(held, shop)).toBe('erased');
      expect(await vault.look(shop)).toMatchObject({
        status: 'erased',
        sealed_access_token: null,
        sealed_refresh_token: null,
      });
    },
  );

  it.each(['square', 'clover'] as const)(
    '%s: word of it from before we were let in again ends nothing',
    async (provider) => {
      const shop = await stand.open(provider);
      await vault.clock.advance(1000);
      if (provider === 'square') stand.square.merchant(shop.accountRef).revokeApplication();
      else stand.clover.uninstall(shop.accountRef);
      await vault.clock.advance(1);
      if (provider === 'clover') stand.clover.install(shop.accountRef);
      await reconnect(provider, shop);
      await stand.rows(
        'update sync.connections set connected_at = $2 where id = $1',
        shop.connectionId,
        vault.clock.now(),
      );
      expect(await stand.work()).toBe(0);
      expect(await connectionOf(shop)).toMatchObject({ status: 'active', routed: true });
    },
  );

  it('Xero says so when we renew: no run is due, and nothing more is asked', async () => {
    const shop = await stand.open('xero');
    await hintInVain('xero', shop);
    await stand.work();
    expect(await connectionOf(shop)).toEqual({ status: 'needs_reconnect', next_run_at: null, routed: true });
    expect(await vault.look(shop)).toMatchObject({ status: 'needs_reconnect', reason: 'refresh_refused' });
    expect(
      vault.reports.filter(({ event, orgId }) => event === 'needs_reconnect' && orgId === shop.orgId),
    ).toHaveLength(1);
  });
});

/** Word of a change at a provider that takes none of our tokens any more, and has not said so. */
async function hintInVain(provider: 'clover' | 'xero', shop: Shop): Promise<void> {
  if (provider === 'xero') {
    hint(provider, shop);
    stand.xero.withdraw(xeroUser);
    return;
  }
  stand.clover.faults.plan({ fault: 'drop', on: ({ topic }) => topic === 'A:DELETE' });
  stand.clover.uninstall(shop.accountRef);
  await vault.clock.advance(2000);
  stand.clover.install(shop.accountRef);
  hint(provider, shop);
}

function hint(provider: 'clover' | 'xero', { accountRef }: Shop): void {
  if (provider === 'clover') stand.clover.takePayment(accountRef, { amount: 500 });
  else addContact(stand.xero.organisation(accountRef), { name: 'Ann' });
}

async function reconnect(provider: ProviderName, shop: Shop): Promise<void> {
  const { tokens } = await stand.authorize(provider);
  const key = await vault.store({ orgId: shop.orgId, provider, tokens });
  await vault.attach(key, shop.connectionId);
}
