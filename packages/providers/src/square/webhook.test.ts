import { createHmac } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { keyIdOf } from '../signature/key-id.ts';
import { explode } from './explode.ts';
import { keptHeaders, verify } from './webhook.ts';

const folder = join(import.meta.dirname, '../../test/payloads/square');
const samples = readdirSync(folder).filter((file) => file.startsWith('webhook.') && !file.includes('signature'));
const sample = (name: string) => readFileSync(join(folder, name));

function edited(change: (envelope: Record<string, unknown>) => void): Buffer {
  const envelope = JSON.parse(sample('webhook.payment.created.json').toString());
  change(envelope);
  return Buffer.from(JSON.stringify(envelope));
}

describe('verify', () => {
  const notificationUrl = 'https://hooks.example.com/webhooks/square';
  const body = sample('webhook.payment.created.json');
  const signature = createHmac('sha256', 'key').update(notificationUrl).update(body).digest('base64');
  const header = 'x-square-hmacsha256-signature';

  it.each([
    ['signed', { [header]: signature }, ['key'], notificationUrl],
    ['signed', { [header]: signature }, ['new', 'key'], notificationUrl],
    ['forged', { [header]: signature }, ['new'], notificationUrl],
    ['forged', { [header]: signature }, ['key'], `${notificationUrl}/`],
    ['forged', { [header]: `${signature},${signature}` }, ['key'], notificationUrl],
    ['unsigned', {}, ['key'], notificationUrl],
    ['unsigned', { [header]: '' }, ['key'], notificationUrl],
    ['unsigned', { 'x-square-signature': signature }, ['key'], notificationUrl],
    ['misconfigured', { [header]: signature }, [], notificationUrl],
    ['misconfigured', { [header]: signature }, [''], notificationUrl],
    ['misconfigured', { [header]: signature }, ['key'], ''],
  ])('answers %s (%#)', (outcome, headers, keys, url) => {
    expect(verify({ body, headers }, { keys, notificationUrl: url }).outcome).toBe(outcome);
  });

  it('names the key that signed, the same wherever it stands in the list', () => {
    const headers = { [header]: signature };
    for (const keys of [['key'], ['new', 'key']]) {
      expect(verify({ body, headers }, { keys, notificationUrl })).toEqual({
        outcome: 'signed',
        keyId: keyIdOf('key'),
      });
    }
  });

  it('keeps the signature with the delivery, so it can be verified again (S1-051)', () => {
    expect(keptHeaders).toContain(header);
    expect(keptHeaders).not.toContain('authorization');
  });
});

describe('explode', () => {
  it('finds the official samples', () => expect(samples.length).toBeGreaterThan(25));

  it.each(samples)('reads the official sample %s', (file) => {
    const envelope = JSON.parse(sample(file).toString());
    expect(explode(sample(file))).toEqual([
      {
        accountRef: envelope.merchant_id,
        key: `${envelope.type}:${envelope.event_id}`,
        type: envelope.type,
        occurredAt: new Date(envelope.created_at),
        payload: envelope.data.object ?? null,
      },
    ]);
  });

  it('gives every sample a key of its own, though some share an event_id (L65, S1-112)', () => {
    const events = samples.flatMap((file) => explode(sample(file)));
    expect(new Set(events.map(({ key }) => key.split(':')[1])).size).toBeLessThan(events.length);
    expect(new Set(events.map(({ key }) => key)).size).toBe(events.length);
  });

  it('gives one key to the same event delivered again (L64)', () => {
    expect(explode(sample('webhook.payment.created.json'))).toEqual(explode(sample('webhook.payment.created.json')));
  });

  it.each([
    ['fields it does not know', edited((event) => Object.assign(event, { location_id: 'L1', newer: { a: [1] } }))],
    ['another case of the type', edited((event) => Object.assign(event, { type: 'Payment.Created' }))],
  ])('takes %s for the same event', (_, body) => {
    expect(explode(body)).toEqual(explode(sample('webhook.payment.created.json')));
  });

  it.each([
    ['no created_at', edited((event) => delete event.created_at)],
    ['a time it cannot read', edited((event) => Object.assign(event, { created_at: 'yesterday' }))],
  ])('keeps an event with %s', (_, body) => {
    expect(explode(body)[0]).toMatchObject({ type: 'payment.created', occurredAt: null });
  });

  it.each([
    ['no data', edited((event) => delete event.data)],
    ['null data', edited((event) => Object.assign(event, { data: null }))],
  ])('has a null payload for %s', (_, body) => {
    expect(explode(body)[0]?.payload).toBeNull();
  });

  it('does not let a document change prototypes', () => {
    const body = Buffer.from(
      '{"merchant_id":"M","type":"t","event_id":"e","data":{"object":{"a":1}},"__proto__":{"type":"x"}}',
    );
    expect(explode(body)[0]).toMatchObject({ accountRef: 'M', type: 't' });
    expect(({} as Record<string, unknown>).type).toBeUndefined();
  });

  const hostile = (object: string) =>
    Buffer.from(`{"merchant_id":"M","type":"t","event_id":"e","data":{"object":${object}}}`);
  it.each([
    ['no JSON', 'invalid_json', Buffer.from('merchant_id=M')],
    ['nothing', 'invalid_json', Buffer.alloc(0)],
    ['a byte order mark', 'invalid_json', Buffer.from('\ufeff{}')],
    ['compressed JSON', 'invalid_utf8', gzipSync('{}')],
    ['bytes that are not UTF-8', 'invalid_utf8', Buffer.from([0x7b, 0xff, 0x7d])],
    ['U+0000 in a string', 'unstorable_json', hostile(String.raw`"\u0000"`)],
    ['U+0000 in a key', 'unstorable_json', hostile(String.raw`{"a\u0000":1}`)],
    ['a lone surrogate', 'unstorable_json', hostile(String.raw`"\ud800"`)],
    ['1e400', 'unstorable_json', hostile('1e400')],
    ['depth 20,000', 'unstorable_json', hostile('['.repeat(20_000) + ']'.repeat(20_000))],
    ['null', 'invalid_payload', Buffer.from('null')],
    ['a list', 'invalid_payload', Buffer.from('[]')],
    ['an empty object', 'invalid_payload', Buffer.from('{}')],
    ['a merchant that is a number', 'invalid_payload', edited((event) => Object.assign(event, { merchant_id: 7 }))],
    ['an empty event id', 'invalid_payload', edited((event) => Object.assign(event, { event_id: '' }))],
    [
      'an id that no index can hold',
      'invalid_payload',
      edited((event) => Object.assign(event, { event_id: 'e'.repeat(3000) })),
    ],
    ['data that is a list', 'invalid_payload', edited((event) => Object.assign(event, { data: [] }))],
  ])('refuses %s for good', (_, reason, body) => {
    expect(() => explode(body)).toThrowError(expect.objectContaining({ name: 'PermanentFailure', reason }));
  });

  it('names the field that does not fit and never its value', () => {
    const body = edited((event) => Object.assign(event, { merchant_id: { email: 'ann@example.com' } }));
    expect(() => explode(body)).toThrowError('Square event does not fit: merchant_id');
  });
});
