import { beforeEach, describe, expect, it } from 'vitest';
import { addAccount, addContact, payInvoice, raiseCreditNote, raiseInvoice, recordBankTransaction } from './books.ts';
import type { Organisation } from './organisation.ts';
import { hash, openReceiver, type Receiver, url } from './receiver.fixture.ts';
import signatures from './samples/webhook.signatures.json' with { type: 'json' };
import type { XeroOptions } from './simulator.ts';
import { sign } from './webhook-events.ts';
import { retryAfterMs } from './webhooks.ts';
import { behaves, type Stage } from './xero.fixture.ts';

const minute = 60_000;
const line = { description: 'Beans', unitAmount: 12 };

let stage: Stage;
let receiver: Receiver;
const begin = async (webhooks?: XeroOptions['webhooks']) => {
  ({ stage, receiver } = await openReceiver(webhooks));
};
beforeEach(() => begin());

const books = (index = 0) => stage.xero.organisations[index] as Organisation;
const guest = (index = 0, name = 'Ada') => addContact(books(index), { name });
const settle = () => stage.clock.advance(1000);
const eventsOf = () => receiver.deliveries().flatMap(({ events }) => events);
const sequences = () =>
  receiver.deliveries().map(({ firstEventSequence, lastEventSequence }) => [firstEventSequence, lastEventSequence]);
const respond = (status: number, init: ResponseInit = {}, body: string | null = null) =>
  new Response(body, { status, ...init });

describe('a delivery', () => {
  behaves('webhookSignature', async () => {
    guest();
    await settle();
    const { body, signature } = receiver.received.at(-1) ?? { body: Buffer.alloc(0), signature: '' };
    expect(signature).toBe(hash(receiver.key, body));
    for (const vector of signatures)
      expect(sign(vector.webhookKey, Buffer.from(vector.body)) === vector.signature).toBe(vector.expectStatus === 200);
  });

  behaves('webhookEvents', async () => {
    const contactId = guest();
    const accountId = addAccount(books(), { code: '090', name: 'Till', type: 'BANK' });
    const invoiceId = raiseInvoice(books(), { contactId, lines: [line] });
    payInvoice(books(), { invoiceId, accountId });
    const creditNoteId = raiseCreditNote(books(), { contactId, lines: [line], side: 'purchase' });
    recordBankTransaction(books(), { contactId, accountId, lines: [line] });
    books().remove('Contacts', contactId);
    await settle();
    const told = eventsOf().map(({ eventType, eventCategory, resourceId }) => [eventType, eventCategory, resourceId]);
    expect(told).toEqual([
      ['CREATE', 'CONTACT', contactId],
      ['CREATE', 'INVOICE', invoiceId],
      ['UPDATE', 'INVOICE', invoiceId],
      ['CREATE', 'CREDITNOTE', creditNoteId],
      ['UPDATE', 'CONTACT', contactId],
    ]);
    expect(eventsOf().map(({ data }) => data)).toEqual([
      undefined,
      undefined,
      undefined,
      { Type: 'ACCPAYCREDIT', Status: 'AUTHORISED' },
      undefined,
    ]);
    expect(eventsOf()[0]?.eventDateUtc).toBe('2026-11-21T12:00:00.000');
  });

  it('tells only of the categories that were asked for', async () => {
    stage.xero.webhooks.subscribe({ url, categories: ['INVOICE'] });
    await stage.xero.webhooks.testIntentToReceive();
    raiseInvoice(books(), { contactId: guest(), lines: [line] });
    await settle();
    expect(eventsOf().map(({ eventCategory }) => eventCategory)).toEqual(['INVOICE']);
  });

  behaves('webhookTenants', async () => {
    guest(0);
    guest(1);
    await settle();
    expect(receiver.deliveries().map(({ events }) => events.map(({ tenantId }) => tenantId))).toEqual([
      [books(0).id, books(1).id],
    ]);
    stage.xero.disconnect(books(1).id);
    guest(1);
    addContact(books(0), { name: 'From before' }, { isAnnounced: false });
    await settle();
    expect(eventsOf()).toHaveLength(2);
  });

  behaves('webhookSequence', async () => {
    for (let count = 0; count < 3; count += 1) guest();
    await settle();
    guest();
    await settle();
    stage.xero.webhooks.skipSequences(4);
    guest();
    await settle();
    expect(sequences()).toEqual([
      [1, 3],
      [4, 4],
      [9, 9],
    ]);
    await begin({ maximumEvents: 2 });
    for (let count = 0; count < 5; count += 1) guest();
    await settle();
    expect(sequences()).toEqual([
      [1, 2],
      [3, 4],
      [5, 5],
    ]);
    expect(new Set(receiver.deliveries().map(({ entropy }) => entropy)).size).toBe(3);
  });

  behaves('webhookDialect', async () => {
    const contactId = guest();
    books().save('Contacts', { ContactID: contactId, Name: 'Ada L.' });
    await settle();
    const base = 'https://api.xero.com/api.xro/2.0/Contacts';
    const told = () => eventsOf().map(({ eventType, resourceUrl }) => [eventType, resourceUrl]);
    expect(told()).toEqual([
      ['CREATE', `${base}/${contactId}`],
      ['UPDATE', `${base}/${contactId}`],
    ]);
    await begin({ dialect: 'documents' });
    books().save('Contacts', { ContactID: guest(), Name: 'Ada L.' });
    await settle();
    expect(told()).toEqual([
      ['Create', base],
      ['Update', base],
    ]);
  });

  it.each([
    ['drop', 0],
    ['duplicate', 2],
    ['delay', 1],
  ] as const)('can meet %s on its way', async (fault, arrivals) => {
    stage.xero.faults.plan({ fault });
    guest();
    await stage.clock.advance(60 * minute);
    expect(receiver.deliveries()).toHaveLength(arrivals);
    expect(stage.xero.webhooks.faulted()).toMatchObject([{ deliveryId: '1-1', fault }]);
  });
});

describe('what becomes of a delivery', () => {
  behaves('acceptance', async () => {
    const unaccepted = [
      respond(201),
      respond(302),
      respond(200, {}, 'thank you'),
      respond(200, { headers: { 'set-cookie': 'a=b' } }),
    ];
    receiver.answers.push(...unaccepted);
    guest();
    await stage.clock.advance(24 * 60 * minute);
    expect(receiver.deliveries()).toHaveLength(unaccepted.length + 1);
    const attempts = stage.xero.webhooks.attempts().filter(({ topic }) => topic === 'CONTACT');
    expect(attempts.map(({ status, failure }) => [status, failure])).toEqual([
      [201, 'http_error'],
      [302, 'http_error'],
      [200, 'http_error'],
      [200, 'http_error'],
      [200, null],
    ]);
  });

  it('is not sent again to a URL that is no more', async () => {
    receiver.answers.push(respond(503));
    guest();
    await settle();
    stage.xero.webhooks.subscribe({ url: `${url}/new` });
    await stage.xero.webhooks.testIntentToReceive();
    await stage.clock.advance(60 * minute);
    expect(receiver.deliveries()).toHaveLength(1);
  });

  behaves('webhookRetry', async () => {
    receiver.answers.push(...retryAfterMs.map(() => respond(503)));
    guest();
    await stage.clock.advance(25 * 60 * minute);
    const attempts = stage.xero.webhooks.attempts().filter(({ topic }) => topic === 'CONTACT');
    const times = attempts.map(({ at }) => Date.parse(at));
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0));
    expect(gaps).toEqual([...gaps].sort((one, other) => one - other));
    expect((times.at(-1) ?? 0) - (times[0] ?? 0)).toBe(24 * 60 * minute);
    expect(new Set(receiver.deliveries().map((delivery) => JSON.stringify(delivery))).size).toBe(1);
    expect([attempts.at(-1)?.failure, stage.xero.webhooks.status()]).toEqual([null, 'ok']);
  });

  behaves('webhookDisabled', async () => {
    receiver.answers.push(...Array.from({ length: 100 }, () => respond(500)));
    guest();
    await stage.clock.advance(1000 + 24 * 60 * minute - 1);
    guest();
    expect(stage.xero.webhooks.status()).toBe('ok');
    await stage.clock.advance(1);
    expect(stage.xero.webhooks.status()).toBe('disabled');
    receiver.answers.length = 0;
    const before = receiver.deliveries().length;
    await stage.clock.advance(60 * minute);
    expect(receiver.deliveries()).toHaveLength(before);
    expect((await stage.xero.webhooks.testIntentToReceive()).isPassed).toBe(true);
    guest();
    await settle();
    expect(receiver.deliveries()).toHaveLength(before + 1);
  });

  behaves('webhookSilence', async () => {
    receiver.answers.push(respond(503));
    guest();
    await settle();
    stage.xero.webhooks.disable();
    await stage.clock.advance(minute);
    guest();
    await settle();
    stage.xero.webhooks.subscribe({ url });
    guest();
    await settle();
    await stage.xero.webhooks.testIntentToReceive();
    guest();
    await settle();
    expect(sequences()).toEqual([
      [1, 1],
      [2, 2],
    ]);
  });

  behaves('keyRotation', async () => {
    receiver.answers.push(respond(503));
    guest();
    await settle();
    const old = receiver.key;
    receiver.key = stage.xero.webhooks.rotateKey();
    expect(receiver.key).not.toBe(old);
    await stage.clock.advance(minute);
    const [first, second] = receiver.received.slice(-2);
    expect(first?.body).toEqual(second?.body);
    expect(first?.signature).toBe(hash(old, first?.body ?? Buffer.alloc(0)));
    expect(second?.signature).toBe(hash(receiver.key, second?.body ?? Buffer.alloc(0)));
    expect(stage.xero.webhooks.attempts().at(-1)?.failure).toBeNull();
  });
});
