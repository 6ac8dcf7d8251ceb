import { hashSecret, readApiKey, secretLength, writeApiKey } from '@tributary/core/api-key';
import { AppError } from '@tributary/core/errors';
import { showId } from '@tributary/core/ids';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { audience, issuerName, KeyServer, newKey, orgId, token } from '../test/issuer.ts';
import type { StoredKey } from './api-key.ts';
import { type Authenticate, consumerAuthenticator, memberAuthenticator } from './authenticate.ts';
import { readQuery } from './request.ts';

const second = 1_000;
const signer = newKey('ed-1');
const server = new KeyServer();
const tokens = () => ({ issuer: issuerName, audience, jwksUrl: server.url });
const idOf = (number: number) => `019ac000-0000-7000-8000-${String(number).padStart(12, '0')}`;
const keyOf = (number: number, secret = 's'.repeat(secretLength)) => writeApiKey('live', { id: idOf(number), secret });

let now: number;
let stored: Map<string, StoredKey>;
let looks: string[];
let authenticate: Authenticate;

beforeAll(() => server.start(signer));
afterAll(() => server.stop());
beforeEach(() => {
  now = Date.parse('2026-11-20T20:00:00Z');
  stored = new Map();
  looks = [];
  authenticate = memberAuthenticator(tokens(), {
    environment: 'live',
    now: () => now,
    find: async ({ id, at }) => {
      looks.push(id);
      const key = stored.get(id);
      return key && key.expiresAt > at ? key : null;
    },
  });
});

/** What a key with that number is stored as, valid for an hour. */
function store(number: number): string {
  const key = keyOf(number);
  const { secret } = readApiKey('live', key) as { secret: string };
  stored.set(idOf(number), {
    orgId,
    secretHash: hashSecret(secret),
    role: 'operator',
    scopes: ['loyalty:read'],
    expiresAt: new Date(now + 3_600 * second),
  });
  return key;
}

const ask = (credential: string, scheme = 'Bearer') =>
  authenticate(new Headers({ authorization: `${scheme} ${credential}` }));
const unauthenticated = { code: 'unauthenticated', message: 'A valid bearer token is required.', issues: [] };

describe('an API key', () => {
  it.each(['Bearer', 'bearer', 'BEARER'])('is a member with a role, narrowed to its scopes: %s', async (scheme) => {
    const apiKeyId = showId('apiKey', idOf(1));
    expect(await ask(store(1), scheme)).toEqual({
      orgId,
      subject: apiKeyId,
      role: 'operator',
      scopes: ['loyalty:read', 'self:read'],
      apiKeyId,
    });
  });

  it('with any character changed is refused and asked about nowhere', async () => {
    const key = store(1);
    let tried = 0;
    for (let at = 0; at < key.length; at += 1) {
      for (let code = 33; code < 127; code += 1) {
        const changed = key.slice(0, at) + String.fromCharCode(code) + key.slice(at + 1);
        if (changed === key) continue;
        tried += 1;
        await expect(ask(changed)).rejects.toMatchObject(unauthenticated);
      }
    }
    console.info(`API keys with one character changed: ${tried} refused, ${looks.length} looked up`);
    expect([tried, looks]).toEqual([key.length * 93, []]);
  });

  it('of another environment is refused and asked about nowhere', async () => {
    store(1);
    const other = writeApiKey('test', { id: idOf(1), secret: 's'.repeat(secretLength) });
    await expect(ask(other)).rejects.toMatchObject(unauthenticated);
    expect(looks).toEqual([]);
  });

  it('with another secret, or one that nobody has, is refused in the same words, each time after one look', async () => {
    store(1);
    for (const wrong of [keyOf(1, 't'.repeat(secretLength)), keyOf(2)]) {
      looks = [];
      for (const _ of [1, 2]) await expect(ask(wrong)).rejects.toMatchObject(unauthenticated);
      expect(looks).toHaveLength(2);
    }
  });

  it('that was right is asked about again after 30 s', async () => {
    const key = store(1);
    await ask(key);
    now += 30 * second - 1;
    await ask(key);
    expect(looks).toHaveLength(1);
    now += 1;
    await ask(key);
    expect(looks).toHaveLength(2);
  });

  it('that was right lets in nobody with another secret', async () => {
    await ask(store(1));
    await expect(ask(keyOf(1, 't'.repeat(secretLength)))).rejects.toMatchObject(unauthenticated);
  });

  it('that is revoked works for no more than 30 s, wherever it was used before', async () => {
    const key = store(1);
    await ask(key);
    stored.delete(idOf(1));
    now += 29 * second;
    await ask(key);
    now += 1 * second;
    await expect(ask(key)).rejects.toMatchObject(unauthenticated);
  });

  it('ends when it expires, even if it was right a moment ago', async () => {
    const key = store(1);
    now += 3_600 * second - 1;
    await ask(key);
    now += 1;
    await expect(ask(key)).rejects.toMatchObject(unauthenticated);
    // Nor by a look-up that is late to notice.
    const late = memberAuthenticator(tokens(), {
      environment: 'live',
      now: () => now,
      find: async ({ id }) => stored.get(id) ?? null,
    });
    await expect(late(new Headers({ authorization: `Bearer ${key}` }))).rejects.toMatchObject(unauthenticated);
  });

  it('is remembered for a thousand keys, not for all there are', async () => {
    for (let number = 0; number <= 1_000; number += 1) await ask(store(number));
    looks = [];
    await ask(keyOf(1_000));
    await ask(keyOf(1));
    expect(looks).toEqual([]);
    await ask(keyOf(0));
    expect(looks).toEqual([idOf(0)]);
  });

  it('lets nobody in while keys cannot be looked up', async () => {
    const away = new AppError('unavailable', 'The database is not reachable.');
    const failing = memberAuthenticator(tokens(), { environment: 'live', find: () => Promise.reject(away) });
    await expect(failing(new Headers({ authorization: `Bearer ${store(1)}` }))).rejects.toBe(away);
  });

  it.each(['Basic', 'Token', 'ApiKey'])('is no credential of another scheme: %s', async (scheme) => {
    const key = store(1);
    await expect(ask(key, scheme)).rejects.toMatchObject(unauthenticated);
    for (const header of ['cookie', 'x-api-key', 'proxy-authorization']) {
      await expect(authenticate(new Headers({ [header]: `${scheme} ${key}` }))).rejects.toMatchObject(unauthenticated);
    }
    expect(looks).toEqual([]);
  });

  it('is nothing to the API of consumers', async () => {
    const consumers = consumerAuthenticator(tokens());
    const headers = new Headers({ authorization: `Bearer ${store(1)}` });
    await expect(consumers(headers)).rejects.toMatchObject(unauthenticated);
  });

  it('stands beside tokens, which are what they were', async () => {
    expect(await ask(token(signer))).toEqual({ orgId, subject: 'user_1', role: 'viewer' });
    await expect(ask(token(newKey('ed-1')))).rejects.toMatchObject(unauthenticated);
    expect(looks).toEqual([]);
  });
});

describe('an API key in a URL', () => {
  const key = keyOf(1);
  const encoded = key.replaceAll('_', '%5F').replace('trb', '%74rb');
  const refusal = expect.objectContaining({ code: 'bad_request' });

  it.each([
    ['as a parameter of any name', `/v1/wallets?limit=1&x=${key}`],
    ['as the name of one', `/v1/wallets?${key}`],
    ['behind a scheme', `/v1/wallets?x=Bearer%20${key}`],
    ['percent-encoded', `/v1/wallets?x=${encoded}`],
    ['in capitals', `/v1/wallets?x=${key.toUpperCase()}`],
    ['cut off', `/v1/wallets?x=${key.slice(0, 20)}`],
    ['of the other environment', `/v1/wallets?x=${key.replace('live', 'test')}`],
    ['in the path', `/v1/wallets/${key}`],
    ['in the path, percent-encoded', `/v1/wallets/${encoded}`],
    ['in a path that cannot be decoded', `/v1/wallets/%ff/${encoded}`],
  ])('is refused: %s', (_where, path) => {
    expect(() => readQuery(new URL(path, 'https://api.example.com'))).toThrow(refusal);
  });

  it('is not seen in what merely begins like one', () => {
    const url = new URL('/v1/wallets/wal_01kb?actor=trb&from=trb_livery', 'https://api.example.com');
    expect(readQuery(url)).toEqual({ actor: 'trb', from: 'trb_livery' });
  });
});
