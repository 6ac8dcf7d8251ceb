import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { audience, issuerName, KeyServer, newKey, privateJwk, token } from '../test/issuer.ts';
import { type Authenticate, jwtAuthenticator } from './authenticate.ts';

const oldKey = newKey('key-1');
const newerKey = newKey('key-2');
let server: KeyServer;
let authenticate: Authenticate;

beforeEach(async () => {
  // Only the clock is virtual: jose and the throttle read it, the network does not.
  vi.useFakeTimers({ toFake: ['Date'] });
  server = await new KeyServer().start(oldKey);
  authenticate = jwtAuthenticator({ issuer: issuerName, audience, jwksUrl: server.url });
});
afterEach(async () => {
  vi.useRealTimers();
  await server.stop();
});

const outcome = (jwt: string) =>
  authenticate(new Headers({ authorization: `Bearer ${jwt}` })).then(
    () => 'accepted',
    (error) => error.code as string,
  );
const pass = (seconds: number) => vi.setSystemTime(Date.now() + seconds * 1000);

describe('the issuer’s keys', () => {
  it('are fetched once for many requests at once', async () => {
    const outcomes = await Promise.all(Array.from({ length: 50 }, () => outcome(token(oldKey))));
    expect(new Set(outcomes)).toEqual(new Set(['accepted']));
    expect(server.fetches).toBe(1);
  });

  it('are seen rotated within 30 s, and the old one is gone', async () => {
    expect(await outcome(token(oldKey))).toBe('accepted');
    server.publish(newerKey);
    expect(await outcome(token(newerKey))).toBe('unauthenticated');
    pass(30);
    expect(await outcome(token(newerKey))).toBe('accepted');
    expect(await outcome(token(oldKey))).toBe('unauthenticated');
  });

  it('are forgotten after 10 minutes', async () => {
    await outcome(token(oldKey));
    server.publish(newerKey);
    pass(599);
    expect(await outcome(token(oldKey))).toBe('accepted');
    pass(1);
    expect(await outcome(token(oldKey))).toBe('unauthenticated');
  });

  it('are fetched at most once per 30 s under a flood of unknown kids', async () => {
    await outcome(token(oldKey));
    for (let second = 0; second < 300; second += 1) {
      pass(1);
      const flood = Array.from({ length: 10 }, (_, index) => token(oldKey, {}, { kid: `kid-${second}-${index}` }));
      expect(new Set(await Promise.all(flood.map(outcome)))).toEqual(new Set(['unauthenticated']));
    }
    expect(server.fetches).toBe(11);
  });
});

describe('an issuer that is down', () => {
  it('lets nobody in and answers unavailable, until it is back', async () => {
    server.answer(500, '');
    expect(await outcome(token(oldKey))).toBe('unavailable');
    server.publish(oldKey);
    pass(1);
    expect(await outcome(token(oldKey))).toBe('accepted');
  });

  it('is called at most once per second while there are no keys', async () => {
    server.answer(500, '');
    await Promise.all(Array.from({ length: 20 }, () => outcome(token(oldKey))));
    for (let index = 0; index < 20; index += 1) expect(await outcome(token(oldKey))).toBe('unavailable');
    expect(server.fetches).toBe(1);
  });

  it('does not stop known keys, nor is it called more than once per 30 s for unknown ones', async () => {
    await outcome(token(oldKey));
    server.answer(500, '');
    pass(30);
    for (let second = 0; second < 120; second += 1) {
      expect(await outcome(token(oldKey, {}, { kid: `kid-${second}` }))).toBe('unavailable');
      expect(await outcome(token(oldKey))).toBe('accepted');
      pass(1);
    }
    expect(server.fetches).toBe(1 + 4);
  });

  it('stops known keys once they are 10 minutes old', async () => {
    await outcome(token(oldKey));
    server.answer(500, '');
    pass(600);
    expect(await outcome(token(oldKey))).toBe('unavailable');
  });

  it('is one whose port is closed', async () => {
    const url = server.url;
    await server.stop();
    authenticate = jwtAuthenticator({ issuer: issuerName, audience, jwksUrl: url });
    expect(await outcome(token(oldKey))).toBe('unavailable');
    server = await new KeyServer().start();
  });

  it.each([
    ['HTML', 200, '<!doctype html><title>Sign in</title>'],
    ['a redirect', 302, ''],
    ['an empty body', 200, ''],
    ['no set', 200, '{"keys":{}}'],
    ['a set beyond 64 KiB', 200, `{"keys":[],"padding":"${'x'.repeat(70_000)}"}`],
    ['a private key', 200, JSON.stringify({ keys: [privateJwk(oldKey)] })],
  ])('is one that serves %s', async (_name, status, body) => {
    server.answer(status, body);
    expect(await outcome(token(oldKey))).toBe('unavailable');
  });
});
