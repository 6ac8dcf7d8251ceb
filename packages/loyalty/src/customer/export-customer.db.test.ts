import type { Json } from '@tributary/core/canonical-json';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import type * as z from 'zod';
import type { contacts } from './contacts.ts';
import { exportCustomer } from './export-customer.ts';
import { openShop, type Shop } from './shop.fixture.ts';

type Known = z.input<typeof contacts>;
type Told = [what: string, document: Json];

describe('exportCustomer, of events and objects,', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  /** As a provider told it: an event and an object for each document. @returns what the export of the customer has of them, by kind */
  async function exported(shop: Shop, customerId: string, limit = 100) {
    const found: { kind: string; told: unknown }[] = [];
    for (let after: [number, string] | undefined, more = true; more; ) {
      const page: Awaited<ReturnType<typeof exportCustomer>> = await exportCustomer(shop.context, {
        customerId,
        limit,
        ...(after && { after }),
      });
      found.push(...page.map(({ item: { kind, record } }) => ({ kind, told: record.payload ?? record.body })));
      after = page.at(-1)?.position;
      more = page.length === limit;
    }
    const of = (wanted: string) =>
      found.flatMap(({ kind, told }) => (kind === wanted ? [JSON.stringify(told)] : [])).sort();
    return { events: of('event'), objects: of('object') };
  }

  async function tell(shop: Shop, documents: readonly Json[], provider = 'square', resource = 'Things') {
    const { rows } = await database.superuser.query(
      `insert into sync.connections (org_id, provider, account_ref) values ($1, $2, gen_random_uuid()::text) returning id`,
      [shop.orgId, provider],
    );
    await database.superuser.query(
      `with told as (
         select d.body, gen_random_uuid() as id from unnest($4::jsonb[]) as d (body)
       ), delivery as (
         insert into inbox.deliveries (id, provider, sha256, received_at, url, headers, body, status)
         select t.id, $3, sha256(t.id::text::bytea), now(), '', '{}', '', 'routed' from told t
       ), event as (
         insert into inbox.events (org_id, connection_id, delivery_id, provider, key, type, received_at, payload)
         select $1, $2, t.id, $3, t.id::text, 'payment', now(), t.body from told t
       )
       insert into sync.objects (org_id, connection_id, resource, external_id, version, removed, body, content_hash, seen_at)
       select $1, $2, $5, coalesce(t.body ->> 'ContactID', t.id::text), now(), false, t.body, sha256(''), now() from told t`,
      [shop.orgId, rows[0].id, provider, documents.map((one) => JSON.stringify(one)), resource],
    );
  }

  const guid = '0A8B3C4D-1111-4222-8333-944455556666';
  const cases: [who: string, known: Known, theirs: Told[], others: Told[]][] = [
    [
      'by an address',
      { email: 'ann@x.com' },
      [
        ['as it is', { buyer_email_address: 'ann@x.com' }],
        ['in upper case', { buyer_email_address: 'ANN@X.COM' }],
        ['beside a name', { to: 'Ann Able <ann@x.com>' }],
        ['in a list of lists', [[{ email: ' ann@x.com ' }]]],
      ],
      [
        ['a longer one', { buyer_email_address: 'joann@x.com' }],
        ['with a tag', { buyer_email_address: 'jo+ann@x.com' }],
        ['at another domain', { buyer_email_address: 'ann@x.community' }],
        ['as the name of a field', { 'ann@x.com': 'nobody' }],
      ],
    ],
    [
      'by an address in other letters',
      { email: 'Émile@München.de' },
      [
        ['decomposed and in upper case', { email: 'ÉMILE@MÜNCHEN.DE'.normalize('NFD') }],
        ['with the domain in ASCII', { email: 'émile@xn--mnchen-3ya.de' }],
      ],
      [['without the accent', { email: 'emile@münchen.de' }]],
    ],
    [
      'by a number',
      { mobile: '+14155550143' },
      [
        ['as it is dialled', { phone: '(415) 555-0143' }],
        ['with its country', { phone: '+1 415.555.01.43' }],
        ['in three parts', { PhoneCountryCode: '1', PhoneAreaCode: '415', PhoneNumber: '5550143' }],
      ],
      [
        ['of which it is a suffix', { phone: '+914155550143' }],
        ['that ends alike', { phone: '+13105550143' }],
        ['that begins with it', { phone: '+141555501431' }],
      ],
    ],
    [
      'by a number that ends as a longer one does',
      { mobile: '+495550143' },
      [['as it is', { phone: '+49 555 0143' }]],
      [['the longer one', { phone: '+494155550143' }]],
    ],
    [
      'by an id',
      { external: { provider: 'square', value: 'ANN' } },
      [['as it is', { customer_id: 'ANN' }]],
      [
        ['of which it is a prefix', { customer_id: 'ANN2' }],
        ['of which it is a suffix', { customer_id: 'JOANN' }],
        ['in a text', { note: 'for ANN' }],
      ],
    ],
    [
      'by an id that JSON writes otherwise',
      { external: { provider: 'square', value: 'É "Ann" \\ 7' } },
      [['as it is', { customer_id: 'É "Ann" \\ 7' }]],
      [['without what is before a quote', { customer_id: 'Ann" \\ 7' }]],
    ],
    [
      'by a GUID',
      { external: { provider: 'square', value: guid.toLowerCase() } },
      [['in upper case', { id: guid }]],
      [['another', { id: guid.replace('0A', '0B') }]],
    ],
  ];

  it.each(cases)(
    'whoever is known %s has all that names them, and nothing of others',
    async (_who, known, theirs, others) => {
      const shop = await openShop(database);
      const { id } = await shop.register(known);
      const told = theirs.map(([, document]) => document);
      await tell(shop, [...told, ...others.map(([, document]) => document)]);
      const expected = told.map((document) => JSON.stringify(document)).sort();
      const { events, objects } = await exported(shop, id);
      const spelled = (texts: string[]) => texts.map((text) => sorted(JSON.parse(text))).sort();
      expect(spelled(events)).toEqual(spelled(expected));
      expect(spelled(objects)).toEqual(spelled(expected));
    },
  );

  it('an id is one of its provider', async () => {
    const shop = await openShop(database);
    const { id } = await shop.register({ external: { provider: 'square', value: 'ANN' } });
    await tell(shop, [{ customer_id: 'ANN' }], 'square');
    await tell(shop, [{ objectId: 'C:ANN' }], 'clover');
    expect(await exported(shop, id)).toEqual({ events: ['{"customer_id":"ANN"}'], objects: ['{"customer_id":"ANN"}'] });
  });

  it('a sale of theirs brings the events that name it, and no sale of another provider with that id', async () => {
    const shop = await openShop(database);
    const { id } = await shop.register({ external: { provider: 'square', value: 'ANN' } });
    await shop.sell('S1', 'ANN');
    await tell(
      shop,
      [{ payment: { id: 'S1' } }, { refund: { payment_id: 'S1' } }, { payment: { id: 'S12' } }],
      'square',
    );
    await tell(shop, [{ objectId: 'P:S1' }], 'clover');
    expect((await exported(shop, id)).events).toEqual(['{"payment":{"id":"S1"}}', '{"refund":{"payment_id":"S1"}}']);
  });

  it('a contact of theirs brings what names it by its id', async () => {
    const shop = await openShop(database);
    const { id } = await shop.register({ email: 'ann@x.com' });
    const [theirs, others] = [guid, guid.replace('0A', '0B')];
    await tell(
      shop,
      [
        { ContactID: theirs, EmailAddress: 'ANN@x.com' },
        { ContactID: others, EmailAddress: 'joann@x.com' },
      ],
      'xero',
      'Contacts',
    );
    await tell(shop, [{ Contact: { ContactID: theirs.toLowerCase() } }, { Contact: { ContactID: others } }], 'xero');
    const { objects } = await exported(shop, id);
    expect(objects).toHaveLength(2);
    expect(objects.join()).not.toContain(others);
  });

  it('pages are full, however many documents of others come between', async () => {
    const shop = await openShop(database);
    const { id } = await shop.register({ email: 'ann@x.com' });
    const documents = Array.from({ length: 120 }, (_, index) => ({
      email: index % 40 === 39 ? 'ann@x.com' : 'joann@x.com',
    }));
    await tell(shop, documents);
    const { events, objects } = await exported(shop, id, 2);
    expect([events.length, objects.length]).toEqual([3, 3]);
  });
});

/** Fields in one order. */
const sorted = (value: Json): string =>
  JSON.stringify(value, (_, member) =>
    typeof member === 'object' && member !== null && !Array.isArray(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
