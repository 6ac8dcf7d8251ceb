import { createHash } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { addContact, raiseInvoice } from './books.ts';
import type { Organisation } from './organisation.ts';
import { createReceiver } from './receiver.fixture.ts';
import { startXeroSandbox, type XeroSandbox } from './start.ts';
import { setStage } from './xero.fixture.ts';

/** Connects, raises invoices, reads them under faults and takes webhooks: a hash of all bytes that went out. */
async function play(seed: number): Promise<string> {
  const hash = createHash('sha256');
  const receiver = createReceiver();
  const stage = setStage({ seed, webhooks: { fetch: receiver.fetch } });
  const { access_token } = await stage.connect();
  hash.update(access_token);
  receiver.key = stage.xero.webhooks.subscribe({ url: 'https://receiver.invalid/' });
  const { isPassed } = await stage.xero.webhooks.testIntentToReceive();
  expect(isPassed).toBe(true);
  stage.xero.faults.mix({ probabilities: { shifting_page: 0.3, malformed: 0.2, server_error: 0.1 }, seed });
  const books = stage.xero.organisations[0] as Organisation;
  const contactId = addContact(books, { name: 'Ada' });
  for (let count = 0; count < 20; count += 1) {
    raiseInvoice(books, { contactId, lines: [{ description: 'Beans', unitAmount: count }] });
    await stage.clock.advance(700);
    const response = await stage.xero.fetch('https://api.xero.com/api.xro/2.0/Invoices?page=1&pageSize=5', {
      headers: { authorization: `Bearer ${access_token}`, 'xero-tenant-id': books.id },
    });
    hash.update(`${response.status} ${JSON.stringify([...response.headers])}`).update(await response.text());
  }
  expect(receiver.deliveries().length).toBeGreaterThan(5);
  for (const { body, signature } of receiver.received) hash.update(body).update(signature);
  return hash.digest('hex');
}

describe('the simulator', () => {
  it('sends the same bytes for the same seed and calls, and others for another', async () => {
    expect(await play(7)).toBe(await play(7));
    expect(await play(7)).not.toBe(await play(8));
  });

  it('answers any page of 100,000 rows that change all the time, and skips and loses none that stand still', async () => {
    const stage = setStage();
    const books = stage.xero.organisations[0] as Organisation;
    const { access_token } = await stage.connect();
    const first = Date.parse('2026-01-01T00:00:00Z');
    for (let index = 0; index < 100_000; index += 1)
      books.save('Contacts', { Name: `${index}` }, { updatedAt: new Date(first + 1000 * index), isAnnounced: false });
    for (const page of [1, 500, 1000]) {
      const path = `Contacts?page=${page}&order=UpdatedDateUTC ASC`;
      const { Contacts } = (await (await stage.read(path, access_token)).json()) as { Contacts: { Name: string }[] };
      expect(Contacts.map(({ Name }) => Number(Name))).toEqual(
        Array.from({ length: 100 }, (_, index) => 100 * (page - 1) + index),
      );
      addContact(books, { name: 'Ada' });
    }
    const headers = { 'if-modified-since': new Date(first + 99_990_000).toISOString() };
    const response = await stage.read('Contacts?page=1&order=UpdatedDateUTC ASC', access_token, books.id, headers);
    expect(await response.json()).toMatchObject({ pagination: { itemCount: 13 } });
  }, 30_000);
});

describe('over HTTP', () => {
  let sandbox: XeroSandbox;
  afterEach(() => sandbox.stop());

  it('is the same simulator', async () => {
    sandbox = await startXeroSandbox({ organisations: [{ name: 'Ridge Coffee' }] });
    const query = new URLSearchParams({
      response_type: 'code',
      client_id: sandbox.app.clientId,
      redirect_uri: sandbox.app.redirectUris[0] ?? '',
      scope: 'accounting.contacts',
    });
    const sent = await fetch(`${sandbox.url}/identity/connect/authorize?${query}`, { redirect: 'manual' });
    const code = new URL(sent.headers.get('location') ?? '').searchParams.get('code') ?? '';
    const token = await fetch(`${sandbox.url}/connect/token`, {
      method: 'POST',
      headers: { authorization: `Basic ${btoa(`${sandbox.app.clientId}:${sandbox.app.clientSecret}`)}` },
      body: new URLSearchParams({
        grant_type: 'authorization_code',
        code,
        redirect_uri: query.get('redirect_uri') ?? '',
      }),
    });
    const { access_token } = (await token.json()) as { access_token: string };
    addContact(sandbox.organisations[0] as Organisation, { name: 'Ada' });
    const response = await fetch(`${sandbox.url}/api.xro/2.0/Contacts?page=1`, {
      headers: { authorization: `Bearer ${access_token}`, 'xero-tenant-id': sandbox.organisations[0]?.id ?? '' },
    });
    expect(await response.json()).toMatchObject({ Contacts: [{ Name: 'Ada' }], pagination: { itemCount: 1 } });
    expect(sandbox.simulation.requests().map(({ path, status }) => [path, status])).toEqual([
      ['/identity/connect/authorize', 302],
      ['/connect/token', 200],
      ['/api.xro/2.0/Contacts', 200],
    ]);
  });
});
