import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { dailyMetrics } from '@tributary/core/daily-stats';
import { isCurrency } from '@tributary/core/money';
import type { RateLimit } from '@tributary/core/rate-limit';
import { describe, expect, it } from 'vitest';
import { brandsOf } from './brands.ts';
import { publicHost } from './credentials.ts';
import { defineNetwork, type PublishedLimit } from './network.ts';
import { networks } from './networks.ts';

const packages = new URL('../../../', import.meta.url);
const path = (below: string) => fileURLToPath(new URL(below, packages));

describe.each(Object.entries(networks))('the network %s', (slug, network) => {
  it('has a slug, a name and a page that documents it', () => {
    expect(network.slug).toBe(slug);
    expect(slug).toMatch(/^[a-z][a-z0-9-]{1,40}$/);
    expect(network.name).toMatch(/^\S(.{0,98}\S)?$/);
    expect(new URL(network.documentation).protocol).toBe('https:');
  });

  it('is in the recipe for adapters', () => {
    expect(readFileSync(path('docs/adapters.md'), 'utf8')).toContain(`\`${slug}\``);
  });

  it.skipIf(network.authType === 'upload')('has a simulator', () => {
    expect(existsSync(path(`sandbox/src/affiliate/${slug}/${slug}-sandbox.ts`))).toBe(true);
  });

  it('has an address, or asks for a host that is public', () => {
    const host = network.credentials.find(({ name }) => name === 'host');
    if (network.authType === 'upload') return;
    expect(network.baseUrl === null).toBe(host !== undefined);
    if (network.baseUrl !== null) expect(network.baseUrl).toMatch(/^https:\/\/[a-z0-9.-]+$/);
    const hosts = ['localhost', '127.0.0.1', '10.0.0.1', 'metadata.google.internal', 'a.b:80', 'a.com/b', 'a@b.com'];
    for (const text of host ? hosts : []) expect(host?.pattern.exec(text)?.[0] === text).toBe(false);
    expect(hosts.filter((text) => publicHost.test(text))).toEqual([]);
  });

  it('checks each credential, whole and of bounded length', () => {
    expect(new Set(network.credentials.map(({ name }) => name)).size).toBe(network.credentials.length);
    for (const { name, label, pattern } of network.credentials) {
      expect([name, label]).toEqual([expect.stringMatching(/^[a-z][A-Za-z]*$/), expect.stringMatching(/\S/)]);
      for (const text of ['', ' ', 'a b', 'a\nb', '\u0000', 'x'.repeat(10_000)]) expect(pattern.test(text)).toBe(false);
      expect(pattern.flags).toBe('');
    }
  });

  it('keeps its secrets out of what is asked of an address', () => {
    const given = Object.fromEntries(
      network.credentials.map(({ name, secret }) => [name, secret ? 'canary' : 'known']),
    );
    expect(network.addressOf(given, 'https://example.com').url).not.toContain('canary');
  });

  it('has windows and limits that make sense', () => {
    expect(network.windowDays).toBeGreaterThanOrEqual(1);
    expect(network.windowDays).toBeLessThanOrEqual(400);
    expect(network.source.windowDays).toBe(network.windowDays);
    const { rateLimit } = network;
    if (rateLimit === null) return;
    expect([rateLimit.calls, rateLimit.seconds].every((number) => Number.isInteger(number) && number >= 1)).toBe(true);
    expect(network.limits.map(({ scope }) => scope)).toEqual([rateLimit.scope]);
  });

  it('says what it reports, and what it does not in sentences', () => {
    expect(network.metrics.length).toBeGreaterThan(0);
    expect(dailyMetrics).toEqual(expect.arrayContaining([...network.metrics]));
    for (const sentence of network.limitations) expect(sentence).toMatch(/^[A-Z].{10,200}\.$/);
  });

  it('counts in a zone and currency that exist, or asks the account', () => {
    const { timeZone, currency } = network;
    if (timeZone !== null) expect(() => new Intl.DateTimeFormat('en', { timeZone })).not.toThrow();
    if (currency !== null) expect(isCurrency(currency)).toBe(true);
  });
});

describe('A52: a limit that a network publishes', () => {
  const limitsOf = (rateLimit: PublishedLimit): readonly RateLimit[] => {
    const network = Object.values(networks)[0];
    if (network === undefined) return expect.fail('there is no network');
    return defineNetwork({ ...network, rateLimit }, { ...network, ...network.source }).limits;
  };

  it.each([
    ['Awin', 20, 60, 'minute', 20],
    ['Everflow', 5, 1, 'second', 5],
    ['Rewardful', 45, 30, 'minute', 45],
    ['ShopMy', 200, 86_400, 'day', 200],
    ['Sovrn', 1, 60, 'minute', 1],
    ['Coupang', 10, 3600, 'day', 10],
    ['impact.com', 1000, 3600, 'minute', 16],
  ] as const)('of %s, %i in %i seconds, is kept by so many a %s: %i', (_name, calls, seconds, window, limit) => {
    expect(limitsOf({ calls, seconds, scope: 'account' })).toEqual([{ scope: 'account', window, limit }]);
  });
});

describe('the catalogue of brands', () => {
  it('has a row for each network, as its descriptor says', () => {
    const brands = brandsOf(networks);
    expect(brands.map(({ slug }) => slug)).toEqual(Object.keys(networks));
    expect(brands.find(({ slug }) => slug === 'awin')).toEqual({
      slug: 'awin',
      name: 'Awin',
      adapterKey: 'awin',
      authType: 'bearer',
      baseUrl: 'https://api.awin.com',
      rateLimit: { calls: 20, seconds: 60, scope: 'account' },
      windowDays: 31,
      status: 'beta',
      limitations: networks.awin?.limitations,
    });
  });
});
