import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keyIdOf } from '../signature/key-id.ts';
import { explode } from './explode.ts';
import { hintOf, revocationOf } from './hint.ts';
import { isHandshake, keptHeaders, verify } from './webhook.ts';

const folder = join(import.meta.dirname, '../../test/payloads/clover');
const sample = (name: string) => readFileSync(join(folder, `webhook.${name}.json`));
const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));
const delivery = (change: Record<string, unknown>) =>
  bytes({ appId: 'APP', merchants: { M1: [{ objectId: 'P:PAY', type: 'UPDATE', ts: 1_537_970_958_000, ...change }] } });

describe('verify', () => {
  const code = '0307e264-b33a-4913-88aa-37b10014a0b8';
  const orders = sample('orders');

  it.each([
    [{ outcome: 'signed', keyId: keyIdOf(code) }, { 'x-clover-auth': code }, [code], orders],
    [{ outcome: 'signed', keyId: keyIdOf(code) }, { 'x-clover-auth': code }, ['newer', code], orders],
    [{ outcome: 'forged' }, { 'x-clover-auth': code }, ['newer'], orders],
    [{ outcome: 'forged' }, { 'x-clover-auth': `${code},${code}` }, [code], orders],
    [{ outcome: 'unsigned' }, {}, [code], orders],
    [{ outcome: 'unsigned' }, { 'x-clover-auth': '' }, [code], orders],
    [{ outcome: 'unsigned' }, { 'x-clover-auth-signature': code }, [code], orders],
    [{ outcome: 'misconfigured' }, { 'x-clover-auth': '' }, [''], orders],
    [{ outcome: 'misconfigured' }, { 'x-clover-auth': code }, [], orders],
    [{ outcome: 'handshake', keyId: null }, {}, [], sample('verification')],
    [{ outcome: 'handshake', keyId: null }, {}, [code], sample('verification')],
    [{ outcome: 'handshake', keyId: keyIdOf(code) }, { 'x-clover-auth': code }, [code], sample('verification')],
  ])('answers %j (%#)', (verdict, headers, codes, body) => {
    expect(verify({ body, headers }, { codes })).toEqual(verdict);
  });

  it('does not keep the header that is the secret', () => expect(keptHeaders).not.toContain('x-clover-auth'));
});

describe('handshake', () => {
  it('is the documented message, typing error and all', () => expect(isHandshake(sample('verification'))).toBe(true));

  it.each([
    ['a second field', bytes({ verificationCode: 'a-b', merchants: {} })],
    ['no field', bytes({})],
    ['an empty code', bytes({ verificationCode: '' })],
    ['a code of 65 characters', bytes({ verificationCode: 'a'.repeat(65) })],
    ['a code with markup', bytes({ verificationCode: '<b>' })],
    ['a code that is a number', bytes({ verificationCode: 5 })],
    ['more than 1 KiB', Buffer.from(`{"verificationCode":"a"${' '.repeat(1024)}}`)],
    ['no JSON', Buffer.from('verificationCode')],
    ['a delivery', sample('orders')],
  ])('is not %s', (_, body) => expect(isHandshake(body)).toBe(false));
});

describe('explode', () => {
  it('makes one event per merchant and object of the documented sample', () => {
    expect(explode(sample('orders'))).toEqual([
      {
        accountRef: 'XYZVJT2ZRRRSC',
        key: expect.stringMatching(/^[0-9a-f]{64}$/),
        type: 'O:CREATE',
        occurredAt: new Date(1_537_970_958_000),
        payload: { objectId: 'O:GHIVJT2ABCRSC', ts: 1_537_970_958_000 },
      },
      expect.objectContaining({ type: 'O:UPDATE', payload: { objectId: 'O:ABCVJTABCRRSC', ts: 1_536_156_558_000 } }),
    ]);
  });

  it('routes every event of a delivery for several merchants to its own merchant', () => {
    const events = explode(sample('multi-merchant.derived'));
    expect(events.map(({ accountRef, type }) => `${accountRef} ${type}`)).toEqual([
      'XYZVJT2ZRRRSC O:CREATE',
      'XYZVJT2ZRRRSC P:CREATE',
      'XYZVJT2ZRRRSC P:UPDATE',
      'MNOVJT2ZRRRSC A:DELETE',
    ]);
  });

  const keyOf = (body: Buffer) => explode(body)[0]?.key;
  it.each([
    ['fields it does not know', delivery({ source: 'device' })],
    ['another case', delivery({ objectId: 'p:PAY', type: 'Update' })],
    ['the time as text', delivery({ ts: '1537970958000' })],
  ])('takes %s for the same event (L64)', (_, body) => {
    expect(explode(body)).toEqual(explode(delivery({})));
  });

  it.each([
    ['another object', delivery({ objectId: 'P:PAX' })],
    ['another kind of object', delivery({ objectId: 'O:PAY' })],
    ['another change', delivery({ type: 'CREATE' })],
    ['another time', delivery({ ts: 1_537_970_958_001 })],
    ['another app', bytes({ ...JSON.parse(delivery({}).toString()), appId: 'APQ' })],
    ['another merchant', Buffer.from(delivery({}).toString().replace('M1', 'M2'))],
  ])('gives %s another key', (_, body) => expect(keyOf(body)).not.toBe(keyOf(delivery({}))));

  it('has each event once, however often a delivery repeats it and in whatever order', () => {
    const changes = ['P:A', 'P:B', 'O:A'].map((objectId) => ({ objectId, type: 'UPDATE', ts: 1 }));
    const keys = (list: unknown) => explode(bytes({ appId: 'APP', merchants: { M1: list } })).map(({ key }) => key);
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...changes), { maxLength: 20 }), (extra) => {
        expect(keys([...extra, ...changes]).sort()).toEqual(keys(changes).sort());
      }),
    );
  });

  it.each([
    ['an object without kind', 'invalid_payload', delivery({ objectId: 'PAY' })],
    ['an object without id', 'invalid_payload', delivery({ objectId: 'P:' })],
    ['a time before 1970', 'invalid_payload', delivery({ ts: -1 })],
    ['a time no date can hold', 'invalid_payload', delivery({ ts: 8.64e15 + 1 })],
    ['a time that is a word', 'invalid_payload', delivery({ ts: 'now' })],
    ['an id that no index can hold', 'invalid_payload', delivery({ objectId: `P:${'x'.repeat(3000)}` })],
    ['merchants as a list', 'invalid_payload', bytes({ appId: 'APP', merchants: [] })],
    ['a handshake', 'invalid_payload', sample('verification')],
    ['U+0000', 'unstorable_json', delivery({ objectId: 'P:\u0000' })],
    ['a lone surrogate', 'unstorable_json', Buffer.from(String.raw`{"appId":"\udc00","merchants":{}}`)],
    ['1e400', 'unstorable_json', Buffer.from('{"appId":"A","merchants":{},"x":1e400}')],
    ['depth 20,000', 'unstorable_json', Buffer.from('['.repeat(20_000) + ']'.repeat(20_000))],
  ])('refuses %s for good', (_, reason, body) => {
    expect(() => explode(body)).toThrowError(expect.objectContaining({ name: 'PermanentFailure', reason }));
  });
});

describe('hints', () => {
  const events = explode(sample('multi-merchant.derived'));

  it('name the object to fetch', () => {
    expect(events.map(hintOf).map(({ kind, id }) => `${kind} ${id}`)).toEqual([
      'O GHIVJT2ABCRSC',
      'P ABCVJTABCRRSC',
      'P ABCVJTABCRRSC',
      'A DRKVJT2ZRRRSC',
    ]);
  });

  it('say that the authorisation ended only when the app is uninstalled', () => {
    expect(events.map(revocationOf)).toEqual([
      null,
      null,
      null,
      { kind: 'revocation', provider: 'clover', at: new Date(1_537_970_960_000) },
    ]);
  });

  it.each([null, {}, { objectId: 'PAY', ts: 1 }, { objectId: 'P:PAY' }])(
    'are refused for good when malformed: %j',
    (payload) => {
      expect(() => hintOf({ type: 'P:UPDATE', payload })).toThrowError(
        expect.objectContaining({ reason: 'invalid_payload' }),
      );
    },
  );
});
