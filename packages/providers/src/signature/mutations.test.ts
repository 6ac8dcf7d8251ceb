import { createHash, createHmac, hash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { expect, it } from 'vitest';
import { verify as verifyClover } from '../clover/webhook.ts';
import { verify as verifySquare } from '../square/webhook.ts';
import type { Verdict } from '../verdict.ts';
import { verify as verifyXero } from '../xero/webhook.ts';

const mutants = 100_000;
const seed = 'S4';
const notificationUrl = 'https://hooks.example.com/webhooks/square';

/** What a request shows of its sender. */
interface Shown {
  proof: string;
  body: Buffer;
}
interface Scheme {
  name: string;
  prove: (key: string, body: Buffer) => string;
  verify: (shown: Shown, key: string) => Verdict;
  forgeries: Readonly<Record<string, Forgery>>;
}
/** Another request than the one shown, from somebody without the key. `n` varies it. */
type Forgery = (shown: Shown, n: number, key: string) => Shown;

const hmac = (key: string, ...parts: (string | Buffer)[]) => {
  const mac = createHmac('sha256', key);
  for (const part of parts) mac.update(part);
  return mac.digest('base64');
};

const digits = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const blanks = [' ', '\t', '\n', '\r\n', '\u0000', '\u00a0', '\u200b', '\ufeff'];
const replaced = (text: string, index: number, by: string) => text.slice(0, index) + by + text.slice(index + 1);
const blank = (n: number) => blanks[n % blanks.length] ?? ' ';
const swapCase = (letter: string) => (letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase());
const shifted = (letter: string, by: number) => String.fromCharCode(letter.charCodeAt(0) + by);

const texts: Readonly<Record<string, (text: string, n: number) => string>> = {
  'one flipped bit': (text, n) => {
    const at = n % text.length;
    return replaced(text, at, String.fromCharCode(text.charCodeAt(at) ^ (1 << ((n >>> 8) % 7))));
  },
  'two flipped bits': (text, n) => texts['one flipped bit']?.(texts['one flipped bit'](text, n), n >>> 3) ?? '',
  'cut at the end': (text, n) => text.slice(0, n % text.length),
  'cut at the front': (text, n) => text.slice(1 + (n % text.length)),
  'one character missing': (text, n) => replaced(text, n % text.length, ''),
  'one character more': (text, n) =>
    replaced(text, n % text.length, text.charAt(n % text.length) + digits.charAt((n >>> 8) % 64)),
  'one digit changed': (text, n) => replaced(text, n % text.length, digits.charAt((n >>> 8) % 64)),
  'one letter in the other case': (text, n) => {
    const letters = [...text.matchAll(/[a-zA-Z]/g)].map(({ index }) => index);
    const at = letters[n % letters.length] ?? 0;
    return replaced(text, at, swapCase(text.charAt(at)));
  },
  capitals: (text) => text.toUpperCase(),
  'small letters': (text) => text.toLowerCase(),
  'every letter in the other case': (text) => [...text].map(swapCase).join(''),
  'without padding': (text) => text.replace(/=+$/, ''),
  'more padding': (text, n) => text + '='.repeat(1 + (n % 4)),
  'padding in front': (text) => `=${text.slice(0, -1)}`,
  'padding that is a digit': (text, n) => text.replace('=', digits.charAt(n % 64)),
  'other spare bits': (text, n) =>
    text.replace(/(.)=$/, (_, digit: string) => `${digits.charAt(digits.indexOf(digit) ^ (1 + (n % 3)))}=`),
  'a blank in front': (text, n) => blank(n) + text,
  'a blank behind': (text, n) => text + blank(n),
  'a blank within': (text, n) => replaced(text, n % text.length, text.charAt(n % text.length) + blank(n >>> 8)),
  'a blank for a character': (text, n) => replaced(text, n % text.length, blank(n >>> 8)),
  'a character whose low byte fits': (text, n) =>
    replaced(text, n % text.length, shifted(text.charAt(n % text.length), 0x100)),
  'full-width': (text, n) => replaced(text, n % text.length, shifted(text.charAt(n % text.length), 0xfee0)),
  reversed: (text) => [...text].reverse().join(''),
  hex: (text) => Buffer.from(text, 'base64').toString('hex'),
  base64url: (text) => `${Buffer.from(text, 'base64').toString('base64url')}=`,
  'base64 twice': (text) => Buffer.from(text).toString('base64'),
  'percent-encoded': (text) => text.replaceAll(/[^0-9]/g, (sign) => `%${sign.charCodeAt(0).toString(16)}`),
  quoted: (text) => `"${text}"`,
  'with a scheme': (text, n) => `${['sha256=', 'v1,', 'v1=', 'HMAC-SHA256 ', 'Bearer '][n % 5]}${text}`,
  twice: (text, n) => text + [',', ', ', ' ', ';', ''][n % 5] + text,
  empty: () => '',
};

const otherKeys: Readonly<Record<string, (key: string, n: number) => string>> = {
  ...texts,
  'another key': (_, n) => hash('sha256', `other ${n}`, 'base64'),
};

const bodies: Readonly<Record<string, (body: Buffer, n: number) => Buffer>> = {
  'one flipped bit': (body, n) =>
    body.map((byte, at) => (at === n % body.length ? byte ^ (1 << ((n >>> 8) % 8)) : byte)) as Buffer,
  'cut at the end': (body, n) => body.subarray(0, n % body.length),
  'cut at the front': (body, n) => body.subarray(1 + (n % body.length)),
  'one byte more': (body, n) => Buffer.concat([body, Buffer.of(n % 256)]),
  'a byte order mark': (body) => Buffer.concat([Buffer.from('\ufeff'), body]),
  'bytes that read as the same text': (body) =>
    Buffer.from(body.toString('latin1').replace('\xef\xbf\xbd', '\xff'), 'latin1'),
  reserialised: (body) => Buffer.from(JSON.stringify(JSON.parse(body.toString()), null, 1)),
  compressed: (body) => gzipSync(body),
};

const urls: readonly ((n: number) => string)[] = [
  () => `${notificationUrl}/`,
  () => notificationUrl.replace('https', 'http'),
  () => notificationUrl.replace('.com', '.com:443'),
  () => notificationUrl.toUpperCase(),
  () => '',
  (n) => `${notificationUrl}?n=${n}`,
  (n) => texts['one flipped bit']?.(notificationUrl, n) ?? '',
];

const proofForgeries = named('proof', texts, (change) => ({ proof, body }, n) => ({ proof: change(proof, n), body }));
const bodyForgeries = named('body', bodies, (change) => ({ proof, body }, n) => ({ proof, body: change(body, n) }));
const keyForgeries = (prove: Scheme['prove']) =>
  named('key', otherKeys, (change) => ({ body }, n, key) => ({ proof: prove(change(key, n), body), body }));

function named<Change>(part: string, changes: Readonly<Record<string, Change>>, forge: (change: Change) => Forgery) {
  return Object.fromEntries(Object.entries(changes).map(([name, change]) => [`${part}: ${name}`, forge(change)]));
}

/** What somebody might send who knows the message and the key's hash, and mistakes the scheme. */
const mistakes = (prefix: string): Scheme['forgeries'] => ({
  'SHA-1': ({ body }, _, key) => ({
    body,
    proof: createHmac('sha1', key).update(prefix).update(body).digest('base64'),
  }),
  'SHA-512 cut to size': ({ body }, _, key) => {
    const digest = createHmac('sha512', key).update(prefix).update(body).digest();
    return { body, proof: digest.subarray(0, 32).toString('base64') };
  },
  'a hash without a key': ({ body }) => ({
    body,
    proof: createHash('sha256').update(prefix).update(body).digest('base64'),
  }),
  'a hash of key and message': ({ body }, _, key) => {
    return { body, proof: createHash('sha256').update(key).update(prefix).update(body).digest('base64') };
  },
  'the proof of another body': (shown, n, key) => ({ ...shown, proof: hmac(key, prefix, `{"n":${n}}`) }),
});

const square: Scheme = {
  name: 'Square',
  prove: (key, body) => hmac(key, notificationUrl, body),
  verify: ({ proof, body }, key) =>
    verifySquare({ body, headers: { 'x-square-hmacsha256-signature': proof } }, { keys: [key], notificationUrl }),
  forgeries: {},
};
const xero: Scheme = {
  name: 'Xero',
  prove: (key, body) => hmac(key, body),
  verify: ({ proof, body }, key) => verifyXero({ body, headers: { 'x-xero-signature': proof } }, { keys: [key] }),
  forgeries: {},
};
const clover: Scheme = {
  name: 'Clover',
  prove: (key) => key,
  verify: ({ proof, body }, key) => verifyClover({ body, headers: { 'x-clover-auth': proof } }, { codes: [key] }),
  // A code is not bound to what it comes with: only another code can be told.
  forgeries: { ...proofForgeries, 'another code': (shown, n) => ({ ...shown, proof: hash('md5', `other ${n}`) }) },
};
square.forgeries = {
  ...proofForgeries,
  ...bodyForgeries,
  ...keyForgeries(square.prove),
  ...mistakes(notificationUrl),
  'signed for another URL': ({ body }, n, key) => ({
    body,
    proof: hmac(key, urls[n % urls.length]?.(n >>> 4) ?? '', body),
  }),
};
xero.forgeries = {
  ...proofForgeries,
  ...bodyForgeries,
  ...keyForgeries(xero.prove),
  ...mistakes(''),
  'signed as Square does': ({ body }, _, key) => ({ body, proof: hmac(key, notificationUrl, body) }),
};

/** A request as its provider sends it, another for every `index`. */
function original({ prove }: Scheme, index: number) {
  const random = hash('sha512', `${seed} ${index}`, 'buffer');
  const key = random.toString('base64', 0, 32);
  const body = Buffer.from(`{"name":"\ufffd","entropy":"${random.toString('hex', 32, 48)}"}`);
  return { key, n: random.readUInt32BE(60), shown: { body, proof: prove(key, body) } };
}

it(`S4: of ${mutants} forged requests none is taken, and each was made of one that is`, () => {
  const wrong: string[] = [];
  const tried = new Map<string, number>();
  const attempts = [square, xero, clover].flatMap((scheme) =>
    Object.entries(scheme.forgeries).map(([forgery, forge]) => ({ scheme, name: `${scheme.name}, ${forgery}`, forge })),
  );
  let made = 0;
  for (let index = 0; made < mutants; index += 1) {
    const { scheme, name, forge } = attempts[index % attempts.length] as (typeof attempts)[number];
    const { key, n, shown } = original(scheme, index);
    if (scheme.verify(shown, key).outcome !== 'signed') wrong.push(`${name}, ${index}: the original is refused`);
    const forged = forge(shown, n, key);
    if (forged.proof === shown.proof && forged.body.equals(shown.body)) continue;
    if (scheme.verify(forged, key).outcome === 'signed') wrong.push(`${name}, ${index}: the forgery is taken`);
    tried.set(name, (tried.get(name) ?? 0) + 1);
    made += 1;
  }
  expect(wrong).toEqual([]);
  expect([...tried.values()].reduce((sum, count) => sum + count)).toBe(mutants);
  expect(attempts.filter(({ name }) => !tried.has(name)).map(({ name }) => name)).toEqual([]);
}, 60_000);
