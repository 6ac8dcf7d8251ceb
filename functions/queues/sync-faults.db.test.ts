import { randomUUID } from 'node:crypto';
import { withTenant } from '@tributary/db/transaction';
import { openBooks as openXeroBooks } from '@tributary/providers/xero/books.fixture';
import { type FaultKind, faultKinds } from '@tributary/sandbox/kernel/faults';
import type { VirtualClock } from '@tributary/sandbox/kernel/virtual-clock';
import { addContact, raiseInvoice } from '@tributary/sandbox/xero/books';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Account, type Office, openOffice, type Shop } from './sync.fixture.ts';
import { openHistory, type TillProvider } from './sync-history.fixture.ts';
import { booksOfFeed, readBooks } from './sync-ledger.fixture.ts';

type RequestFaultKind = {
  [Kind in FaultKind]: (typeof faultKinds)[Kind]['phase'] extends 'delivery' ? never : Kind;
}[FaultKind];

/** All that can become of a question; what becomes of webhooks is in `sync-webhooks`. */
const kinds = (Object.keys(faultKinds) as FaultKind[]).filter(
  (kind): kind is RequestFaultKind => faultKinds[kind].phase !== 'delivery',
);
/** What a provider says in its own way, or lists in its own order. */
const own = kinds.filter((kind) => faultKinds[kind].phase === 'content' || kind.startsWith('rate_limited'));

describe('a provider that answers badly', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  /** Two offices for one account: one that waits for no answer, while faults are on, and a patient one for afterwards. */
  async function openOffices(clock: VirtualClock, account: Account) {
    const hasty = openOffice({ database, clock, pageSize: 4, timeoutMs: 100, limits: {} });
    const patient = openOffice({ database, clock, pageSize: 4, timeoutMs: 5000, limits: {} });
    const shop = await hasty.open(account);
    patient.adopt(shop);
    return { hasty, patient, shop };
  }

  /** Time goes on while it runs: a body that drips in comes to its end. */
  async function runWhileTimePasses(office: Office, shop: Shop, clock: VirtualClock) {
    let isRunning = true;
    const running = office.run(shop).finally(() => {
      isRunning = false;
    });
    while (isRunning) {
      await clock.advance(250);
      await new Promise(setImmediate);
    }
    return running;
  }

  const runOf = (kind: FaultKind) =>
    kind === 'slow_body' ? runWhileTimePasses : (office: Office, shop: Shop) => office.run(shop);
  const later = async ({ rows }: Office, shop: Shop, clock: VirtualClock) => {
    const [due] = await rows<{ at: Date }>(
      'select next_run_at as at from sync.connections where id = $1',
      shop.connectionId,
    );
    await clock.set(new Date(Math.max(due?.at.getTime() ?? 0, clock.now().getTime()) + 10_000));
  };

  /** Answers how often the fault was met. */
  async function endOf(provider: TillProvider, kind: RequestFaultKind, seed: number) {
    const history = openHistory(provider, seed, {});
    const { clock, account, faults } = history;
    const { hasty, patient, shop } = await openOffices(clock, account);
    for (let run = 0; run < 3; run += 1) {
      for (let step = 0; step < 5; step += 1) await history.step();
      faults.mix({ probabilities: { [kind]: 0.4 }, seed: `${seed} ${run}` });
      await runOf(kind)(hasty, shop, clock);
      faults.clear();
      await later(hasty, shop, clock);
    }
    // What was changed by the faults themselves is told, too.
    await history.settle();
    expect(await patient.run(shop)).toBe('success');
    const books = await withTenant({ database: database.worker, orgId: shop.orgId }, readBooks);
    expect(books).toEqual(await booksOfFeed(database, [history]));
    expect(books.sales.size).toBe(history.saleIds.length);
    return history.requests().filter(({ fault }) => fault === kind).length;
  }

  describe.each([
    ['square', kinds],
    ['clover', own],
  ] as const)('loses and doubles nothing: %s', (provider, kindsOfProvider) => {
    it.each(kindsOfProvider)('%s', async (kind) => {
      let met = 0;
      for (let round = 0; round < 2; round += 1) met += await endOf(provider, kind, kinds.indexOf(kind) * 2 + round);
      expect(met).toBeGreaterThan(0);
    });
  });

  describe('loses and doubles nothing: xero', () => {
    // An invoice may be in any currency, so that nobody can tell a wrong one: it stays until the invoice changes.
    it.each(own.filter((kind) => kind !== 'wrong_currency'))('%s', async (kind) => {
      const books = await openXeroBooks({ organisations: [{ id: randomUUID(), name: 'Zoo' }] });
      const { clock, xero, organisation } = books;
      const { accessToken } = books;
      const account: Account = { provider: 'xero', accountRef: organisation.id, accessToken, fetch: xero.fetch };
      const { hasty, patient, shop } = await openOffices(clock, account);
      for (let run = 0; run < 3; run += 1) {
        const contactId = addContact(organisation, { name: `Contact ${run}` });
        for (let invoice = 0; invoice < 5; invoice += 1) {
          await clock.advance(invoice % 2 === 0 ? 0 : 30_000);
          raiseInvoice(organisation, { contactId, lines: [{ description: 'Tea', unitAmount: 10 + invoice }] });
        }
        xero.faults.mix({ probabilities: { [kind]: 0.4 }, seed: run });
        await hasty.run(shop);
        xero.faults.clear();
        await later(hasty, shop, clock);
        await clock.advance(60_000);
      }
      expect(await patient.run(shop)).toBe('success');
      const stored = await patient.rows<{ resource: string; id: string; body: unknown }>(
        'select resource, external_id as id, body from sync.objects where org_id = $1 order by 1, 2',
        shop.orgId,
      );
      const truth = (['Contacts', 'Invoices'] as const).flatMap((resource) =>
        organisation
          .rows(resource)
          .all.byId.all()
          .map(({ id }) => ({ resource, id, body: JSON.parse(JSON.stringify(organisation.read(resource, id))) })),
      );
      expect(stored).toEqual(
        truth.sort((one, other) => (`${one.resource} ${one.id}` < `${other.resource} ${other.id}` ? -1 : 1)),
      );
      expect(xero.simulation.requests().filter(({ fault }) => fault === kind).length).toBeGreaterThan(0);
    });
  });
});
