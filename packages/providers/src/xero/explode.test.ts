import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applicationRef, explode, sequencesOf } from './explode.ts';
import { bytes, delivery, one, resourceId, sample, tenantId, update } from './webhook.fixture.ts';

const keysOf = (...bodies: Buffer[]) => bodies.flatMap((body) => explode(body).map(({ key }) => key));

describe('explode', () => {
  it.each([
    ['contact.update', tenantId, 'CONTACT:UPDATE', resourceId, '2024-06-21T01:15:39.902Z'],
    ['invoice.docs-variant', tenantId, 'INVOICE:UPDATE', resourceId, '2025-10-21T01:15:39.902Z'],
    [
      'creditnote.create',
      'aef86862-2015-4b6b-88bc-d89032cecc50',
      'CREDITNOTE:CREATE',
      '55d84274-a3da-4829-a7c0-0cab601b95cc',
      '2025-12-02T00:44:09.923Z',
    ],
  ])('reads the official sample %s', (name, accountRef, type, id, at) => {
    expect(explode(sample(name))).toEqual([
      {
        accountRef,
        key: expect.stringMatching(/^[0-9a-f]{64}$/),
        type,
        occurredAt: new Date(at),
        payload: { category: type.split(':')[0], resourceId: id, at },
      },
    ]);
  });

  it('finds nothing in an intent to receive', () => expect(explode(sample('intent-to-receive'))).toEqual([]));

  it('routes every event of a delivery for several organisations to its own', () => {
    const body = delivery(['T1', 'T2', 'T1'].map((tenant) => ({ ...update, tenantId: tenant })));
    expect(explode(body).map(({ accountRef }) => accountRef)).toEqual(['T1', 'T2', 'T1']);
    expect(new Set(keysOf(body)).size).toBe(3);
  });

  it.each([
    ['says so', { tenantType: 'APPLICATION', eventCategory: 'SUBSCRIPTION' }],
    ['says so in another case', { tenantType: 'Application', eventCategory: 'Subscription' }],
    ['is of a category to come', { tenantType: 'APPLICATION', eventCategory: 'USAGE' }],
    ['names an organisation by mistake', { tenantType: 'ORGANISATION', eventCategory: 'SUBSCRIPTION' }],
  ])('routes an event about the app to no organisation when it %s', (_, change) => {
    const body = delivery([{ ...update, ...change }, update]);
    expect(explode(body).map(({ accountRef }) => accountRef)).toEqual([applicationRef, tenantId]);
  });

  it.each([
    ['words in another case', { eventType: 'Update', eventCategory: 'Contact', tenantType: 'Organisation' }],
    ['a URL without the id', { resourceUrl: 'https://api.xero.com/api.xro/2.0/Contacts' }],
    ['no URL', { resourceUrl: undefined }],
    ['a time with its zone', { eventDateUtc: '2024-06-21T01:15:39.902Z' }],
    ['a time with an offset', { eventDateUtc: '2024-06-21T03:15:39.902+02:00' }],
    ['a time to 100 ns', { eventDateUtc: '2024-06-21T01:15:39.9020000' }],
    ['fields it does not know', { data: { Type: 'ACCPAY' }, newer: [1] }],
  ])('takes %s for the same event', (_, change) => expect(explode(one(change))).toEqual(explode(one())));

  it.each([
    ['another organisation', one({ tenantId: 'T2' })],
    ['another category', one({ eventCategory: 'INVOICE' })],
    ['another object', one({ resourceId: '55d84274-a3da-4829-a7c0-0cab601b95cc' })],
    ['another change', one({ eventType: 'CREATE' })],
    ['another time', one({ eventDateUtc: '2024-06-21T01:15:39.903' })],
    ['a later change in the same millisecond', delivery([update], { first: 8 })],
  ])('gives %s another key', (_, body) => expect(keysOf(body)).not.toEqual(keysOf(one())));

  it('reads a time without a zone as UTC wherever it runs', () => {
    const { TZ: zone } = process.env;
    try {
      process.env.TZ = 'Pacific/Auckland';
      expect(new Date(update.eventDateUtc).toISOString()).not.toBe('2024-06-21T01:15:39.902Z');
      expect(explode(one())[0]?.occurredAt).toEqual(new Date('2024-06-21T01:15:39.902Z'));
    } finally {
      if (zone === undefined) delete process.env.TZ;
      else process.env.TZ = zone;
    }
  });

  it.each([
    ['no time', { eventDateUtc: undefined }],
    ['a time it cannot read', { eventDateUtc: 'yesterday' }],
    ['a time that is a number', { eventDateUtc: 1_718_932_539_902 }],
    ['a day that is none', { eventDateUtc: '2024-06-31T01:15:39' }],
  ])('keeps an event with %s', (_, change) => {
    expect(explode(one(change))).toMatchObject([{ type: 'CONTACT:UPDATE', occurredAt: null, payload: { at: null } }]);
  });

  it.each([
    ['an event without an organisation', 'invalid_payload', one({ tenantId: undefined })],
    ['an event without a category', 'invalid_payload', one({ eventCategory: '' })],
    ['an id that no index can hold', 'invalid_payload', one({ tenantId: 't'.repeat(3000) })],
    ['events that are no list', 'invalid_payload', bytes({ events: {} })],
    ['no events', 'invalid_payload', bytes({ firstEventSequence: 1, lastEventSequence: 1 })],
    ['a list', 'invalid_payload', bytes([])],
    ['no JSON', 'invalid_json', Buffer.from('events=')],
    ['bytes that are not UTF-8', 'invalid_utf8', Buffer.from([0x7b, 0xff, 0x7d])],
    ['U+0000', 'unstorable_json', one({ tenantId: '\u0000' })],
    ['depth 20,000', 'unstorable_json', Buffer.from('['.repeat(20_000) + ']'.repeat(20_000))],
  ])('refuses %s for good', (_, reason, body) => {
    expect(() => explode(body)).toThrowError(expect.objectContaining({ name: 'PermanentFailure', reason }));
  });
});

describe('the keys of a stream of events', () => {
  // Few objects and times, so that changes alike in all but their number are many.
  const changes = fc.array(
    fc.record({
      tenantId: fc.constantFrom('T1', 'T2'),
      resourceId: fc.constantFrom('R1', 'R2'),
      eventType: fc.constantFrom('CREATE', 'UPDATE', 'Update'),
      eventDateUtc: fc.constantFrom('2024-06-21T01:15:39', '2024-06-21T01:15:39.902'),
    }),
    { minLength: 1, maxLength: 20 },
  );
  /** The same stream in deliveries of other sizes, as a provider may batch it when it sends it again. */
  const batched = (stream: readonly object[], sizes: readonly number[], entropy: string) => {
    const bodies: Buffer[] = [];
    for (let from = 0, batch = 0; from < stream.length; batch += 1) {
      const size = sizes[batch % sizes.length] ?? 1;
      bodies.push(delivery(stream.slice(from, from + size), { first: from + 1, entropy }));
      from += size;
    }
    return bodies;
  };
  const sizes = fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 });

  it('are as many as its changes, and the same however it is delivered again', () => {
    fc.assert(
      fc.property(changes, sizes, sizes, (said, once, again) => {
        const stream = said.map((change) => ({ ...update, ...change }));
        const keys = keysOf(...batched(stream, once, 'a'));
        expect(new Set(keys).size).toBe(stream.length);
        expect(keysOf(...batched(stream, again, 'b'))).toEqual(keys);
      }),
    );
  });

  it.each([
    ['are missing', {}],
    ['span more than the events', { firstEventSequence: 1, lastEventSequence: 9 }],
    ['span less', { firstEventSequence: 1, lastEventSequence: 1 }],
    ['are no numbers', { firstEventSequence: 'one', lastEventSequence: 'two' }],
  ])('never make two changes one when the numbers %s', (_, numbers) => {
    const [said, later] = ['a', 'b'].map((entropy) => bytes({ events: [update, update], entropy, ...numbers }));
    if (!said || !later) throw new Error('two deliveries');
    expect(new Set(keysOf(said, later)).size).toBe(4);
    expect(keysOf(Buffer.from(said))).toEqual(keysOf(said));
  });
});

describe('sequences', () => {
  it.each([
    ['of one event', sample('creditnote.create'), { first: 76, last: 76 }],
    ['of three', delivery([update, update, update]), { first: 7, last: 9 }],
    ['of an intent to receive', sample('intent-to-receive'), 'restart'],
    [
      'of events that say they are none',
      bytes({ events: [update], firstEventSequence: 0, lastEventSequence: 0 }),
      null,
    ],
    ['that are missing', bytes({ events: [] }), null],
    ['that run backwards', bytes({ firstEventSequence: 9, lastEventSequence: 7 }), null],
    ['of which one is missing', bytes({ firstEventSequence: 9 }), null],
    [
      'of events nobody can read',
      bytes({ events: 0, firstEventSequence: 3, lastEventSequence: 4 }),
      { first: 3, last: 4 },
    ],
    ['of a list', bytes([]), null],
    ['of no JSON', Buffer.from('events='), null],
  ])('%s', (_, body, expected) => expect(sequencesOf(body)).toEqual(expected));
});
