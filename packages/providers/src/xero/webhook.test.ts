import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { keyIdOf } from '../signature/key-id.ts';
import { sample } from './webhook.fixture.ts';
import { keptHeaders, verify } from './webhook.ts';

const header = 'x-xero-signature';

interface Vector {
  name: string;
  webhookKey: string;
  body: string;
  signature: string;
  expectStatus: 200 | 401;
}
const vectors: Vector[] = JSON.parse(sample('signature.vectors.computed').toString());

describe('verify', () => {
  it.each(vectors)('answers the vector $name, due $expectStatus', ({ webhookKey, body, signature, expectStatus }) => {
    expect(verify({ body: Buffer.from(body), headers: { [header]: signature } }, { keys: [webhookKey] })).toEqual(
      expectStatus === 200 ? { outcome: 'signed', keyId: keyIdOf(webhookKey) } : { outcome: 'forged' },
    );
  });

  const body = sample('contact.update');
  const signature = createHmac('sha256', 'key').update(body).digest('base64');
  it.each([
    [{ outcome: 'signed', keyId: keyIdOf('key') }, { [header]: signature }, ['key']],
    [{ outcome: 'signed', keyId: keyIdOf('key') }, { [header]: signature }, ['newer', 'key']],
    [{ outcome: 'forged' }, { [header]: signature }, ['newer']],
    [{ outcome: 'forged' }, { [header]: `${signature},${signature}` }, ['key']],
    [{ outcome: 'unsigned' }, {}, ['key']],
    [{ outcome: 'unsigned' }, { [header]: '' }, ['key']],
    [{ outcome: 'unsigned' }, { 'x-square-hmacsha256-signature': signature }, ['key']],
    [{ outcome: 'misconfigured' }, { [header]: signature }, []],
    [{ outcome: 'misconfigured' }, { [header]: createHmac('sha256', '').update(body).digest('base64') }, ['']],
  ])('answers %j (%#)', (verdict, headers, keys) => {
    expect(verify({ body, headers }, { keys })).toEqual(verdict);
  });

  it('keeps the signature with the delivery, so it can be verified again', () => {
    expect(keptHeaders).toContain(header);
    expect(keptHeaders).not.toContain('authorization');
  });
});
