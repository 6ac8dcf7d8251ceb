import { AppError } from '@tributary/core/errors';
import { parse } from '@tributary/core/verb';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { contacts, readContacts } from './contacts.ts';
import { findCustomerInput } from './find-customer.ts';
import { registerCustomerInput } from './register-customer.ts';

const external = { provider: 'square', value: 'ANN' };

describe('contacts', () => {
  it('are read as the identities they are stored as, the most certain first', () => {
    const given = { email: ' Ann@EXAMPLE.com', mobile: '(415) 555-0100', external };
    expect(readContacts(given, 'US')).toEqual([
      { kind: 'external', provider: 'square', value: 'ANN' },
      { kind: 'email', provider: '', value: 'ann@example.com' },
      { kind: 'mobile', provider: '', value: '+14155550100' },
    ]);
  });

  it.each([
    [{ email: 'ann' }, ['email']],
    [{ mobile: '12' }, ['mobile']],
    [{ email: 'ann@', mobile: 'call me' }, ['email', 'mobile']],
    // Of no country a number without its code is nobody's.
    [{ mobile: '4155550100' }, ['mobile']],
  ])('that cannot be are named: %j', (given, fields) => {
    const issues = expect.objectContaining({
      code: 'validation_failed',
      issues: fields.map((path) => expect.objectContaining({ path })),
    });
    expect(() => readContacts(given, '')).toThrow(issues);
  });

  it('are at least one to register, and exactly one to find somebody', () => {
    const passes = (schema: typeof registerCustomerInput, input: unknown) => schema.safeParse(input).success;
    const [none, one, two] = [{}, { email: 'a@example.com' }, { email: 'a@example.com', external }];
    expect([none, one, two].map((input) => passes(registerCustomerInput, input))).toEqual([false, true, true]);
    expect([none, one, two].map((input) => passes(findCustomerInput, input))).toEqual([false, true, false]);
  });

  it('whatever is sent as one is an identity or refused by name, without a word of it', () => {
    const text = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 400 }),
      fc.string({ unit: 'grapheme-ascii', maxLength: 400 }),
      fc.emailAddress(),
      fc.stringMatching(/^[+0-9() -]{0,40}$/),
    );
    const anyExternal = fc.record({ provider: text, value: text });
    const given = fc.record({ email: text, mobile: text, external: anyExternal }, { requiredKeys: [] });
    fc.assert(
      fc.property(given, fc.constantFrom('US', 'DE', '', 'XX'), (input, country) => {
        try {
          for (const { kind, value } of readContacts(parse(contacts, input), country)) {
            expect([...value].length).toBeGreaterThan(0);
            expect([...value].length).toBeLessThanOrEqual(320);
            expect(value).toMatch(kind === 'mobile' ? /^\+\d{7,15}$/ : /^[^\p{Cc}\p{Cs}]+$/u);
          }
        } catch (error) {
          if (!(error instanceof AppError)) throw error;
          expect(error.code).toBe('validation_failed');
          const said = JSON.stringify([error.message, error.issues]);
          for (const value of [input.email, input.mobile].filter((one) => (one?.length ?? 0) > 12)) {
            expect(said).not.toContain(value);
          }
        }
      }),
      { numRuns: 1000 },
    );
  });
});
