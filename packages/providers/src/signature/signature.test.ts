import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { matchHmacBody } from './hmac-body.ts';
import { matchHmacUrlBody, maxLiveKeys } from './hmac-url-body.ts';
import { keyIdOf } from './key-id.ts';
import { matchSharedSecret } from './shared-secret.ts';

interface Vector {
  name: string;
  notificationUrl: string;
  signatureKey: string;
  body: string;
  signature: string;
  valid: boolean;
}

const payloads = join(import.meta.dirname, '../../test/payloads');
const vectors: Vector[] = JSON.parse(readFileSync(join(payloads, 'square/webhook.signature.vectors.json'), 'utf8'));

function sign(key: string, url: string, body: Uint8Array): string {
  return createHmac('sha256', key).update(url).update(body).digest('base64');
}

function flipBit(bytes: Uint8Array, bit: number): Uint8Array {
  return bytes.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte));
}

/** Flips one of the seven bits of an ASCII character, so the text stays ASCII. */
function flipText(text: string, bit: number): string {
  const index = Math.floor(bit / 7);
  const code = text.charCodeAt(index) ^ (1 << (bit % 7));
  return text.slice(0, index) + String.fromCharCode(code) + text.slice(index + 1);
}

describe('HMAC over URL and body', () => {
  it.each(vectors)(
    'agrees with the official vector: $name',
    ({ notificationUrl, signatureKey, body, signature, valid }) => {
      const input = { url: notificationUrl, body: Buffer.from(body), signature, keys: [signatureKey] };
      expect(matchHmacUrlBody(input)).toBe(valid ? signatureKey : null);
    },
  );

  it('refuses every single flipped bit of the official vectors', () => {
    let flips = 0;
    for (const vector of vectors.filter(({ valid }) => valid)) {
      const body = Buffer.from(vector.body);
      const input = { url: vector.notificationUrl, body, signature: vector.signature, keys: [vector.signatureKey] };
      const mutants = [
        ...Array.from({ length: body.length * 8 }, (_, bit) => ({ ...input, body: flipBit(body, bit) })),
        ...Array.from({ length: input.url.length * 7 }, (_, bit) => ({ ...input, url: flipText(input.url, bit) })),
        ...Array.from({ length: vector.signature.length * 7 }, (_, bit) => ({
          ...input,
          signature: flipText(vector.signature, bit),
        })),
        ...Array.from({ length: vector.signatureKey.length * 7 }, (_, bit) => ({
          ...input,
          keys: [flipText(vector.signatureKey, bit)],
        })),
      ];
      for (const mutant of mutants) if (matchHmacUrlBody(mutant) !== null) expect.fail(JSON.stringify(mutant));
      flips += mutants.length;
    }
    expect(flips).toBeGreaterThan(4500);
  });

  const ascii = (minLength: number) =>
    fc.string({
      unit: fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code)),
      minLength,
      maxLength: 60,
    });
  const signed = fc.record({
    url: ascii(1),
    key: ascii(8),
    body: fc.uint8Array({ minLength: 1, maxLength: 300 }),
    bit: fc.nat(),
  });

  it.each(['body', 'url', 'key', 'signature'] as const)('refuses one flipped bit of the %s', (part) => {
    fc.assert(
      fc.property(signed, ({ url, key, body, bit }) => {
        const signature = sign(key, url, body);
        const input = { url, body, signature, keys: [key] };
        expect(matchHmacUrlBody(input)).toBe(key);
        const mutant = {
          body: () => ({ ...input, body: flipBit(body, bit % (body.length * 8)) }),
          url: () => ({ ...input, url: flipText(url, bit % (url.length * 7)) }),
          key: () => ({ ...input, keys: [flipText(key, bit % (key.length * 7))] }),
          signature: () => ({ ...input, signature: flipText(signature, bit % (signature.length * 7)) }),
        }[part]();
        expect(matchHmacUrlBody(mutant)).toBeNull();
      }),
      { numRuns: 1500 },
    );
  });

  const url = 'https://hooks.example.com/webhooks/square';
  const body = Buffer.from('{"name":"\ufffd"}');
  const signature = sign('current', url, body);

  it('accepts old and new key while both are live, says which, and refuses the old one once removed', () => {
    const byOld = sign('old', url, body);
    expect(matchHmacUrlBody({ url, body, signature, keys: ['current', 'old'] })).toBe('current');
    expect(matchHmacUrlBody({ url, body, signature: byOld, keys: ['current', 'old'] })).toBe('old');
    expect(matchHmacUrlBody({ url, body, signature: byOld, keys: ['current'] })).toBeNull();
  });

  it(`tries ${maxLiveKeys} keys at most`, () => {
    const keys = Array.from({ length: maxLiveKeys + 1 }, (_, index) => `key-${index}`);
    expect(matchHmacUrlBody({ url, body, signature: sign('key-15', url, body), keys })).toBe('key-15');
    expect(matchHmacUrlBody({ url, body, signature: sign('key-16', url, body), keys })).toBeNull();
  });

  it('refuses what anyone could sign: no key and the empty key', () => {
    expect(matchHmacUrlBody({ url, body, signature: sign('', url, body), keys: [''] })).toBeNull();
    expect(matchHmacUrlBody({ url, body, signature, keys: [] })).toBeNull();
  });

  it('refuses bytes that differ but read as the same text: 0xFF where U+FFFD was signed', () => {
    const forged = Buffer.from(body.toString('latin1').replace('\xef\xbf\xbd', '\xff'), 'latin1');
    expect(forged.toString('utf8')).toBe(body.toString('utf8'));
    expect(matchHmacUrlBody({ url, body, signature, keys: ['current'] })).toBe('current');
    expect(matchHmacUrlBody({ url, body: forged, signature, keys: ['current'] })).toBeNull();
  });

  const digest = Buffer.from(signature, 'base64');
  const sibling = `${signature.slice(0, 42)}${nextDigit(signature.charAt(42))}=`;
  it.each([
    ['empty', ''],
    ['sent twice', `${signature},${signature}`],
    ['sent twice, joined with a space', `${signature}, ${signature}`],
    ['padded with spaces', ` ${signature}`],
    ['without padding', signature.slice(0, -1)],
    ['in hex', digest.toString('hex')],
    ['in base64url', digest.toString('base64url')],
    ['with other spare bits', sibling],
    ['with a scheme', `sha256=${signature}`],
    [
      'with letters whose low byte fits',
      `${String.fromCharCode(signature.charCodeAt(0) + 0x100)}${signature.slice(1)}`,
    ],
    ['of SHA-1', createHmac('sha1', 'current').update(url).update(body).digest('base64')],
    ['of the body alone', sign('current', '', body)],
    ['a thousand of them', `${signature},`.repeat(1000)],
  ])('refuses a signature that is %s', (_, given) => {
    expect(matchHmacUrlBody({ url, body, signature: given, keys: ['current'] })).toBeNull();
  });

  it('decodes the spare-bits sibling to the same 32 bytes, so only the comparison of text tells them apart', () => {
    expect(Buffer.from(sibling, 'base64')).toEqual(digest);
  });

  it('is bound to the bytes sent: compressed or re-serialised bodies need a signature of their own', () => {
    const zipped = gzipSync(body);
    expect(matchHmacUrlBody({ url, body: zipped, signature, keys: ['current'] })).toBeNull();
    expect(matchHmacUrlBody({ url, body: zipped, signature: sign('current', url, zipped), keys: ['current'] })).toBe(
      'current',
    );
    const reserialised = Buffer.from(JSON.stringify(JSON.parse(body.toString()), null, 1));
    expect(matchHmacUrlBody({ url, body: reserialised, signature, keys: ['current'] })).toBeNull();
  });
});

/** The base64 digit with the same four upper bits. */
function nextDigit(digit: string): string {
  const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
  return digits.charAt(digits.indexOf(digit) ^ 1);
}

describe('shared secret', () => {
  const code = '0307e264-b33a-4913-88aa-37b10014a0b8';
  const former = '5220ecf5-7dea-4396-b0ba-a1659c182887';

  it('accepts the current and the former code, says which, and refuses the former once removed', () => {
    expect(matchSharedSecret(code, [code, former])).toBe(code);
    expect(matchSharedSecret(former, [code, former])).toBe(former);
    expect(matchSharedSecret(former, [code])).toBeNull();
  });

  it.each([
    ['missing', undefined, [code]],
    ['empty', '', [code]],
    ['empty, as is the configured one', '', ['']],
    ['missing, with none configured', undefined, []],
    ['right, with none configured', code, []],
    ['sent twice', `${code},${code}`, [code]],
    ['cut short', code.slice(0, -1), [code]],
    ['too long', `${code}0`, [code]],
    ['in capitals', code.toUpperCase(), [code]],
    ['padded', ` ${code}`, [code]],
    ['the seventeenth', code, [...Array.from({ length: 16 }, (_, index) => `other-${index}`), code]],
  ])('refuses a code that is %s', (_, given, codes) => {
    expect(matchSharedSecret(given, codes)).toBeNull();
  });

  it('refuses one flipped bit and every other text', () => {
    for (let bit = 0; bit < code.length * 7; bit++) expect(matchSharedSecret(flipText(code, bit), [code])).toBeNull();
    fc.assert(
      fc.property(fc.uuid(), fc.uuid(), (given, configured) => {
        expect(matchSharedSecret(given, [configured])).toBe(given === configured ? configured : null);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('HMAC over the body alone', () => {
  const body = Buffer.from('{"events":[]}');

  it('says which key signed, and knows no other', () => {
    const signature = sign('old', '', body);
    expect(matchHmacBody({ body, signature, keys: ['current', 'old'] })).toBe('old');
    expect(matchHmacBody({ body, signature, keys: ['current'] })).toBeNull();
  });

  it('refuses what is signed with a URL in front, and the empty key', () => {
    const withUrl = sign('current', 'https://hooks.example.com/webhooks/xero', body);
    expect(matchHmacBody({ body, signature: withUrl, keys: ['current'] })).toBeNull();
    expect(matchHmacBody({ body, signature: sign('', '', body), keys: [''] })).toBeNull();
  });
});

describe('the id of a key', () => {
  it('is the start of its SHA-256, so that a person can tell it with sha256sum', () => {
    expect(keyIdOf('abc')).toBe('ba7816bf');
    expect(keyIdOf('abd')).not.toBe(keyIdOf('abc'));
  });
});
