import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hashSecret, keyPrefix, keyTrace, readApiKey, secretAlphabet, secretLength, writeApiKey } from './api-key.ts';

const id = '019ac000-0000-7000-8000-000000000001';
const secret = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ';
const key = writeApiKey('live', { id, secret });
const anyKey = fc.record({
  id: fc.uuid({ version: 7 }),
  secret: fc.string({
    unit: fc.constantFrom(...secretAlphabet),
    minLength: secretLength,
    maxLength: secretLength,
  }),
});

describe('an API key', () => {
  it('is written in one way for ever', () => {
    expect(key).toBe('trb_live_01kb000000e008000000000001_abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQ4FEhSx');
    expect(keyPrefix('live', id)).toBe(key.slice(0, 35));
    expect(hashSecret(secret).toString('hex')).toBe('46a2199782c8827f0ac56f503be9d39efee97f40a736b92cc7d7c5f825cfd851');
  });

  it('is read as what it was written from, and selected whole by a double click', () => {
    fc.assert(
      fc.property(anyKey, fc.constantFrom('live' as const, 'test' as const), (one, environment) => {
        const text = writeApiKey(environment, one);
        expect(readApiKey(environment, text)).toEqual(one);
        expect(text).toMatch(/^\w{85}$/);
        expect(text).toMatch(keyTrace);
      }),
    );
  });

  it('of another environment is none', () => {
    expect(readApiKey('test', key)).toBeNull();
    expect(readApiKey('live', writeApiKey('test', { id, secret }))).toBeNull();
  });

  it('with any character changed, left out, doubled or swapped with the next is none', () => {
    for (let at = 0; at < key.length; at += 1) {
      const [before, here, after] = [key.slice(0, at), key.charAt(at), key.slice(at + 1)];
      for (let code = 32; code < 127; code += 1) {
        const other = String.fromCharCode(code);
        if (other !== here) expect(readApiKey('live', before + other + after)).toBeNull();
      }
      expect(readApiKey('live', before + after)).toBeNull();
      expect(readApiKey('live', before + here + here + after)).toBeNull();
      const swapped = before + after.charAt(0) + here + after.slice(1);
      if (swapped !== key) expect(readApiKey('live', swapped)).toBeNull();
    }
  });

  it.each(['', 'trb_live', `${key}\n`, ` ${key}`, `${key}${key}`, key.toUpperCase(), key.replace('trb', 'sk')])(
    'is not %j',
    (text) => {
      expect(readApiKey('live', text)).toBeNull();
    },
  );

  it('whose id is no UUID is none, even with the checksum that belongs to it', () => {
    // 26 digits hold 130 bits: these are more than a UUID has.
    const impossible = keyPrefix('live', id).replace('_01', '_81');
    const forged = withChecksum(`${impossible}_${secret}`);
    expect(forged).toMatch(/^\w{85}$/);
    expect(readApiKey('live', forged)).toBeNull();
  });
});

/** The checksum as documented, worked out bit by bit. */
function withChecksum(text: string): string {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit += 1) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  }
  let rest = (crc ^ 0xffffffff) >>> 0;
  const digits = Array.from({ length: 6 }, () => {
    const digit = secretAlphabet.charAt(rest % 62);
    rest = Math.floor(rest / 62);
    return digit;
  });
  return text + digits.reverse().join('');
}

it('the checksum is CRC-32 of all before it in base 62', () => {
  fc.assert(
    fc.property(anyKey, (one) => {
      const text = writeApiKey('test', one);
      expect(withChecksum(text.slice(0, -6))).toBe(text);
    }),
  );
});
