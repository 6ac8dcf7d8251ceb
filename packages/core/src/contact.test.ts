import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskEmail, maskMobile, normalizeEmail, normalizeMobile } from './contact.ts';

const anyText = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ unit: 'grapheme' }));
const oneOf = (characters: string) => fc.string({ unit: fc.constantFrom(...characters), minLength: 1, maxLength: 20 });
/** Looks like an address more often than any text does. */
const addressLike = fc
  .tuple(fc.oneof(oneOf('abC1+.-_ü Σİ'), anyText), fc.oneof(oneOf('abC1.-üß。％'), anyText))
  .map(([local, host]) => `${local}@${host}`);
const address = fc.emailAddress({ size: 'small' }).filter((text) => normalizeEmail(text) !== null);

const countries = fc.constantFrom(
  'US',
  'DE',
  'GB',
  'BR',
  'IT',
  'AR',
  'MX',
  'JP',
  'IN',
  'AC',
  'XX',
  '',
  'us',
  '__proto__',
);
const numberLike = fc.oneof(oneOf('0123456789'), oneOf('+0123456789 ()-./'), oneOf('+00123٠١９ ext;#'), anyText);
const usMobile = fc.integer({ min: 2_000_000_000, max: 9_999_999_999 }).map(String);

describe('an email address', () => {
  it.each([
    ['  Ann@Example.COM\t', 'ann@example.com'],
    ['a.b+news@example.com', 'a.b+news@example.com'],
    ["o'neil_{x}!#$%&*/=?^`|~-@example.com", "o'neil_{x}!#$%&*/=?^`|~-@example.com"],
    ['u\u0308ber@example.com', 'über@example.com'],
    ['ann@MÜNCHEN.de', 'ann@xn--mnchen-3ya.de'],
    ['ann@xn--mnchen-3ya.de', 'ann@xn--mnchen-3ya.de'],
    ['ann@例え。jp', 'ann@xn--r8jz45g.jp'],
    ['ann@mail.example.co.uk', 'ann@mail.example.co.uk'],
    [`${'a'.repeat(64)}@example.com`, `${'a'.repeat(64)}@example.com`],
  ])('%j is kept as %j', (text, kept) => expect(normalizeEmail(text)).toBe(kept));

  it.each([
    '',
    '@',
    'ann',
    'ann@',
    '@example.com',
    'ann@@example.com',
    'ann@example.com@example.com',
    'a nn@example.com',
    'a\u200bnn@example.com',
    'a\u0000nn@example.com',
    '\ud800@example.com',
    '.ann@example.com',
    'ann.@example.com',
    'a..b@example.com',
    '"a b"@example.com',
    'Ann <ann@example.com>',
    'ann,bob@example.com',
    'ann@localhost',
    'ann@example.com.',
    'ann@example..com',
    'ann@-example.com',
    'ann@exa_mple.com',
    'ann@exa\tmple.com',
    'ann@ex%61mple.com',
    'ann@example.com/x',
    'ann@example.com:25',
    'ann@[127.0.0.1]',
    'ann@127.0.0.1',
    'ann@0x7f.1',
    'ann@xn--\u00fc.com',
    `ann@${'a'.repeat(64)}.com`,
    `${'a'.repeat(65)}@example.com`,
    `${'ü'.repeat(33)}@example.com`,
    `ann@${'a.'.repeat(125)}com`,
    'a'.repeat(600),
  ])('%j is none', (text) => expect(normalizeEmail(text)).toBeNull());

  it('reads any text without an error, and what it kept as the same again', () => {
    fc.assert(
      fc.property(fc.oneof(addressLike, anyText, address), (text) => {
        const kept = normalizeEmail(text);
        if (kept === null) return;
        expect(normalizeEmail(kept)).toBe(kept);
        expect(kept).toMatch(/^[^@\s]+@[a-z0-9.-]+$/u);
        expect(Buffer.byteLength(kept)).toBeLessThanOrEqual(254);
      }),
      { numRuns: 2000 },
    );
  });

  it('is the same in any case and with white space around it', () => {
    fc.assert(
      fc.property(
        address,
        fc.stringMatching(/^[ \t\r\n\u00a0\ufeff]{0,3}$/),
        fc.func(fc.boolean()),
        (text, space, isUpper) => {
          const shouted = [...text].map((letter, index) => (isUpper(index) ? letter.toUpperCase() : letter)).join('');
          expect(normalizeEmail(`${space}${shouted}${space}`)).toBe(normalizeEmail(text));
        },
      ),
    );
  });

  it('stays apart from one with another dot or another word after the plus', () => {
    const spellings = ['ab@example.com', 'a.b@example.com', 'ab+x@example.com', 'ab+y@example.com'];
    expect(new Set(spellings.map(normalizeEmail)).size).toBe(spellings.length);
  });
});

describe('a mobile number', () => {
  it.each([
    ['(415) 555-0100', 'US', '+14155550100'],
    ['1 415 555 0100', 'US', '+14155550100'],
    ['+1 415.555.0100', 'DE', '+14155550100'],
    ['+14155550100', '', '+14155550100'],
    ['+14155550100', 'XX', '+14155550100'],
    ['0151 23456789', 'DE', '+4915123456789'],
    ['0049 151 23456789', 'FR', '+4915123456789'],
    ['+49 (0)151 23456789', 'US', '+4915123456789'],
    ['٠١٥١٢٣٤٥٦٧٨٩', 'DE', '+4915123456789'],
    ['１５１２３４５６７８９', 'DE', '+4915123456789'],
    ['011 15-2345-6789', 'AR', '+5491123456789'],
    ['07911 123456', 'GB', '+447911123456'],
    ['+39 347 123 4567', 'IT', '+393471234567'],
  ])('%j in %s is %s', (text, country, kept) => expect(normalizeMobile(text, country)).toBe(kept));

  it.each([
    ['', 'US'],
    ['+', 'US'],
    ['12345', 'US'],
    ['415 555 01000', 'US'],
    ['(415) 555-0100', ''],
    ['(415) 555-0100', 'XX'],
    ['(415) 555-0100', '__proto__'],
    ['(415) 555-0100 ext 12', 'US'],
    ['1-800-GOT-MILK', 'US'],
    ['call (415) 555-0100', 'US'],
    ['+4900301234567', 'DE'],
    ['+999 4155550100', 'US'],
    ['7521', 'DE'],
    ['011000000000000', 'JP'],
    ['1'.repeat(300), 'US'],
  ])('%j in %j is none', (text, country) => expect(normalizeMobile(text, country)).toBeNull());

  it('is read from any text without an error, and what was kept as the same again, in any country', () => {
    fc.assert(
      fc.property(numberLike, countries, countries, (text, country, another) => {
        const kept = normalizeMobile(text, country);
        if (kept === null) return;
        expect(kept).toMatch(/^\+[1-9]\d{6,14}$/);
        expect(normalizeMobile(kept, another)).toBe(kept);
      }),
      { numRuns: 2000 },
    );
  });

  it('is the same however its digits are spaced, with and without country code', () => {
    const separators = fc.array(fc.constantFrom('', '', ' ', '-', '.', '  '), { minLength: 10, maxLength: 10 });
    fc.assert(
      fc.property(usMobile, separators, fc.constantFrom('', '+1 ', '1-'), (digits, between, code) => {
        const spaced = [...digits].map((digit, index) => `${digit}${between[index]}`).join('');
        expect(normalizeMobile(`${code}${spaced.trim().replace(/[-.]$/, '')}`, 'US')).toBe(`+1${digits}`);
      }),
    );
  });
});

describe('a mask', () => {
  it.each([
    ['ann@example.com', 'a•••@example.com'],
    ['aloysius@example.com', 'a•••@example.com'],
    ['a@example.com', '•••@example.com'],
    ['😀nn@example.com', '😀•••@example.com'],
    ['no address', '•••'],
    ['', '•••'],
  ])('shows of %j only %j', (email, shown) => expect(maskEmail(email)).toBe(shown));

  it.each([
    ['+14155550100', '+1•••••0100'],
    ['+4915123456789', '+49•••••6789'],
    ['+2474123', '+247•••••23'],
    ['no number', '•••••'],
    ['', '•••••'],
  ])('shows of %j only %j', (mobile, shown) => expect(maskMobile(mobile)).toBe(shown));

  it('never shows the whole local part, nor more than half of a number', () => {
    fc.assert(
      fc.property(
        address,
        fc.oneof(
          usMobile.map((digits) => `+1${digits}`),
          numberLike,
        ),
        (email, number) => {
          const kept = normalizeEmail(email) ?? '';
          expect(maskEmail(kept).split('@')[0]).toMatch(/^.?•••$/u);
          const mobile = normalizeMobile(number, 'US');
          if (mobile === null) return;
          const shown = maskMobile(mobile).split('•').at(-1) ?? '';
          expect(mobile.endsWith(shown)).toBe(true);
          expect(2 * shown.length).toBeLessThanOrEqual(mobile.length - 1);
        },
      ),
    );
  });
});
