import { describe, expect, it } from 'vitest';
import { baseCurrency, country, timeZone } from './fields.ts';
import { onboardingProfile } from './onboarding-profile.ts';
import { whiteLabel } from './white-label.ts';

const isTaken = (schema: { safeParse(value: unknown): { success: boolean } }) => (value: unknown) =>
  schema.safeParse(value).success;

describe('settings of an organization', () => {
  it.each(['US', 'CA', 'DE', 'NZ', 'XK', 'GB'])('S1-019 %s is a country', (code) => {
    expect(country.parse(code)).toBe(code);
  });

  it.each(['', 'us', 'USA', 'Canada', 'ZZ', 'QQ', 'EU', 'UN', 'XA', 'U1', 'US\n'])('S1-019 %j is none', (code) => {
    expect(isTaken(country)(code)).toBe(false);
  });

  it.each(['UTC', 'America/Toronto', 'Europe/Kyiv', 'Europe/Kiev', 'America/Argentina/Ushuaia', 'Asia/Kolkata'])(
    '%s is a zone',
    (name) => {
      expect(timeZone.parse(name)).toBe(name);
    },
  );

  it.each(['', '+02:00', '-0530', '02:00', 'Mars/Olympus', 'UTC+2', 'Europe', 'Europe/Kyiv '])('%j is none', (name) => {
    expect(isTaken(timeZone)(name)).toBe(false);
  });

  it.each(['USD', 'EUR', 'JPY', 'KWD', 'XPF'])('S0-019 %s is a currency', (code) => {
    expect(baseCurrency.parse(code)).toBe(code);
  });

  it.each(['', 'usd', 'US', 'USDT', 'DEM', 'ZZZ', 'QQQ', 'USD '])('S0-019 %j is none', (code) => {
    expect(isTaken(baseCurrency)(code)).toBe(false);
  });
});

describe('a white label', () => {
  const colors = { primary: '#3b2417', accent: '#d9a441', background: '#fffaf2' };
  const label = { name: 'Corner Club', logoUrl: 'https://cdn.corner.example/logo.svg?v=2', colors };

  it('S0-020 is a name, and perhaps a logo and colors', () => {
    expect(whiteLabel.parse(label)).toEqual(label);
    expect(whiteLabel.parse({ name: ' Club ', logoUrl: null, colors: null }).name).toBe('Club');
  });

  it.each([
    ['http', 'http://cdn.corner.example/logo.svg'],
    ['a script', 'javascript:alert(1)'],
    ['bytes', 'data:image/svg+xml,<svg/>'],
    ['no scheme', '//cdn.corner.example/logo.svg'],
    ['a name and a password', 'https://ann:secret@corner.example/logo.svg'],
    ['a port', 'https://corner.example:8443/logo.svg'],
    ['an address', 'https://127.0.0.1/logo.svg'],
    ['an address in another notation', 'https://2130706433/logo.svg'],
    ['an IPv6 address', 'https://[::1]/logo.svg'],
    ['this machine', 'https://localhost/logo.svg'],
    ['an inside host', 'https://logo.internal/logo.svg'],
    ['what would leave an attribute', 'https://corner.example/"onload="x'],
    ['what would leave a style', "https://corner.example/a') no-repeat;"],
    ['a space', 'https://corner.example/a b'],
    ['a line break', 'https://corner.example/\nlogo'],
    ['500 characters and more', `https://corner.example/${'a'.repeat(500)}`],
  ])('S0-020 has no logo at %s', (_what, logoUrl) => {
    expect(isTaken(whiteLabel)({ ...label, logoUrl })).toBe(false);
  });

  it.each(['#FFF', 'red', '#12345g', '#1234567', 'url(x)', '#aabbcc;'])('S0-020 has no color %j', (primary) => {
    expect(isTaken(whiteLabel)({ ...label, colors: { ...colors, primary } })).toBe(false);
  });

  it('S0-020 has nothing else', () => {
    expect(isTaken(whiteLabel)({ ...label, css: 'body {}' })).toBe(false);
    expect(isTaken(whiteLabel)({ ...label, colors: { ...colors, link: '#000000' } })).toBe(false);
  });
});

describe('an onboarding profile', () => {
  it('S1-022 says what kind of business it is, as far as it is known', () => {
    const profile = { businessType: 'cafe', locations: 2, posProvider: 'clover', goals: ['loyalty'], completed: true };
    expect(onboardingProfile.parse(profile)).toEqual(profile);
    expect(onboardingProfile.parse({})).toEqual({});
  });

  it.each([
    ['words', { businessType: 'the cafe of Ann' }],
    ['a field that nobody asked for', { phone: '+14155550100' }],
    ['half a shop', { locations: 1.5 }],
    ['no shop', { locations: 0 }],
    ['a goal twice', { goals: ['loyalty', 'loyalty'] }],
  ])('S1-022 takes no %s', (_what, profile) => {
    expect(isTaken(onboardingProfile)(profile)).toBe(false);
  });
});
