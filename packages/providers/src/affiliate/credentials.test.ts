import { AppError } from '@tributary/core/errors';
import { describe, expect, it } from 'vitest';
import { networkAddress, publicHost, readCredentials, toAccessToken } from './credentials.ts';
import { ianaZone, ianaZones } from './iana-zone.ts';
import { dayOf } from './network-days.ts';
import { networks } from './networks.ts';

const good: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  everflow: { apiKey: 'AbCdEf0123456789_-xx', affiliateId: '42', currency: 'USD' },
  impact: { accountSid: 'IRabcdefGHIJ1234567890', authToken: 'abc.DEF-ghi_0123456789' },
  awin: {
    accessToken: '0f5b2c8e-aaaa-bbbb-cccc-1234567890ab',
    publisherId: '189069',
    timeZone: 'Europe/London',
    currency: 'GBP',
  },
};

const refusal = (slug: string, given: Readonly<Record<string, string>>) => {
  try {
    readCredentials(networks[slug]?.credentials ?? [], given);
  } catch (error) {
    return error instanceof AppError ? error : expect.fail('another error');
  }
  return expect.fail('it was taken');
};

describe('A54: credentials are checked before anything is asked', () => {
  it.each(Object.keys(good))('as %s gives them they are taken, blanks around them cut', (slug) => {
    const given = Object.entries(good[slug] ?? {}).map(([name, text]) => [name, ` ${text}\n`]);
    expect(readCredentials(networks[slug]?.credentials ?? [], Object.fromEntries(given))).toEqual(good[slug]);
  });

  it.each([
    ['everflow', { apiKey: 'Bearer canary' }, 'apiKey'],
    ['everflow', { apiKey: 'AbCdEf0123456789\r\nx-other: canary' }, 'apiKey'],
    ['everflow', { affiliateId: 'canary' }, 'affiliateId'],
    ['everflow', { currency: 'usd' }, 'currency'],
    ['everflow', { currency: 'ZZZ' }, 'currency'],
    ['impact', { accountSid: '../canary/Advertisers/1' }, 'accountSid'],
    ['impact', { authToken: 'canary with blanks in it' }, 'authToken'],
    ['awin', { publisherId: '0' }, 'publisherId'],
    ['awin', { timeZone: 'Europe/canary' }, 'timeZone'],
    ['awin', { accessToken: '' }, 'accessToken'],
  ])('%s refuses %j', (slug, wrong, path) => {
    const { code, issues, message } = refusal(slug, { ...good[slug], ...wrong });
    expect([code, issues.map((issue) => issue.path)]).toEqual(['validation_failed', [path]]);
    expect(JSON.stringify([message, issues])).not.toContain('canary');
  });

  it('names every field that is missing and none that is unknown', () => {
    const { issues } = refusal('awin', { canary: 'x' });
    expect(issues.map(({ path }) => path)).toEqual(['accessToken', 'publisherId', 'timeZone', 'currency', '']);
    expect(JSON.stringify(issues)).not.toContain('canary');
  });
});

describe('a time zone that somebody states', () => {
  const zone = (timeZone: string) => readCredentials([ianaZone], { timeZone });

  it.each([
    ...['UTC', 'Europe/Kyiv', 'Europe/Kiev', 'Asia/Kolkata', 'Asia/Calcutta', 'America/Argentina/Buenos_Aires'],
    ...['America/Indiana/Indianapolis', 'America/Nuuk', 'Pacific/Port_Moresby', 'Africa/Porto-Novo'],
  ])('may be %s, whichever of its names that is', (timeZone) => {
    expect(zone(timeZone)).toEqual({ timeZone });
  });

  it.each(['CET+1', '+02:00', 'Europe', 'europe/kyiv', 'Asia/', 'Mars/Olympus'])('may not be %s', (timeZone) => {
    expect(() => zone(timeZone)).toThrow(expect.objectContaining({ code: 'validation_failed' }));
  });

  it('is one in which days can be counted, whichever it is', () => {
    const days = ianaZones.map((timeZone) => dayOf(new Date('2026-07-15T12:00:00Z'), timeZone));
    expect(new Set(days)).toEqual(new Set(['2026-07-15', '2026-07-16']));
  });
});

describe('a host that somebody states', () => {
  it.each(['asr.netrefer.com', 'demo.postaffiliatepro.com', 'affiliates.example.co.uk'])('may be %s', (host) => {
    expect(publicHost.test(host)).toBe(true);
  });

  it.each([
    'localhost',
    '127.0.0.1',
    '10.0.0.1',
    '[::1]',
    '2130706433',
    '0x7f.0.0.1',
    'metadata.google.internal',
    'printer.local',
    'example.com:8080',
    'user@example.com',
    'example.com/path',
    'https://example.com',
    'example.com.',
    'example.com\n',
    'EXAMPLE.com',
    '-a.example.com',
    '',
  ])('may not be %j', (host) => {
    expect(publicHost.exec(host)?.[0] === host && host !== '').toBe(false);
  });
});

describe('an address', () => {
  const accessToken = toAccessToken(good.everflow ?? {});

  it("is the network's, with the credentials in its headers", () => {
    const { everflow } = networks;
    expect(everflow && networkAddress(everflow)({ accessToken })).toEqual({
      url: 'https://api.eflow.team',
      headers: { 'x-eflow-api-key': 'AbCdEf0123456789_-xx' },
    });
  });

  it("is a simulator's when one takes its place", () => {
    const { everflow } = networks;
    expect(everflow && networkAddress(everflow, 'http://127.0.0.1:4010')({ accessToken }).url).toBe(
      'http://127.0.0.1:4010',
    );
  });

  it('is the host among the credentials where each operator has its own', () => {
    const { everflow } = networks;
    const hosted = everflow && { ...everflow, baseUrl: null };
    const text = toAccessToken({ ...good.everflow, host: 'stats.example.com' });
    expect(hosted && networkAddress(hosted)({ accessToken: text }).url).toBe('https://stats.example.com');
  });
});
