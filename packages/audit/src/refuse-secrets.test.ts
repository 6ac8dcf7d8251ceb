import { AppError } from '@tributary/core/errors';
import { describe, expect, it } from 'vitest';
import { refuseSecrets, refuseSecretText } from './refuse-secrets.ts';

const canary = 'canary-5f1c';

/** How something was refused, and what was said. */
function refusal(work: () => void): { error: unknown; said: string } {
  try {
    work();
  } catch (error) {
    return { error, said: String(error) };
  }
  return { error: null, said: '' };
}

const secretNames = [
  ...['token', 'accessToken', 'refresh_token', 'ID-Token', 'tokens', 'sealedAccessToken', 'accesstoken', 'TOKEN'],
  ...['secret', 'clientSecret', 'secret_hash', 'SECRETS', 'sharedsecret'],
  ...['password', 'passwordHash', 'newPassword', 'passwd', 'passphrase', 'pwd', 'pin', 'totp', 'otp'],
  ...['key', 'apiKey', 'api_key', 'APIKey', 'apikey', 'privateKey', 'keys', 'keyMaterial'],
  ...[
    'authorization',
    'Authorization',
    'cookie',
    'set-cookie',
    'credential',
    'credentials',
    'bearer',
    'jwt',
    'signature',
  ],
];

describe('what is secret by its name', () => {
  it.each(secretNames)('%s is refused, at any depth, and its value is not told', (name) => {
    for (const state of [{ [name]: canary }, { a: { [name]: canary } }, { a: [1, { b: { [name]: null } }] }]) {
      const { error, said } = refusal(() => refuseSecrets(state));
      expect(error).toBeInstanceOf(TypeError);
      expect(said).toContain(name);
      expect(said).not.toContain(canary);
    }
  });

  it.each([
    ...['keyId', 'key_prefix', 'tokenExpiresAt', 'passwordChangedAt', 'credentialId'],
    ...[
      'monkey',
      'turkey',
      'keyboardLayout',
      'pinned',
      'secretary',
      'status',
      'scopes',
      'mergedInto',
      'conversionRate',
    ],
  ])('%s is no secret', (name) => {
    expect(() => refuseSecrets({ [name]: 'x', a: [{ [name]: 'x' }] })).not.toThrow();
  });
});

const secretTexts = [
  'trb_live_01kb7m2q8r5s6t7v8w9x0y1z2b_abc',
  'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhbm4ifQ.c2ln',
  '-----BEGIN EC PRIVATE KEY-----',
  'Authorization: Bearer 0123456789abcdefghij',
  'EAAAl1yVhB0123456789abcdefghij',
  'sq0csp-0123456789abcdefghijklmnop',
  'sk_live_51H',
];

describe('what looks like a secret', () => {
  it.each(secretTexts)('%s is refused as the mistake of who wrote it', (text) => {
    const texts = [text, `please note ${text} for later`];
    for (const written of texts) {
      for (const work of [() => refuseSecretText(written), () => refuseSecrets({ note: ['a', { b: written }] })]) {
        const { error, said } = refusal(work);
        expect(error).toBeInstanceOf(AppError);
        expect(error).toMatchObject({ code: 'validation_failed' });
        expect(said).not.toContain(text);
      }
    }
  });

  it.each(['', 'lost card', 'the bearer came by', 'eyJ', 'a.b.c', 'Tier EAAA', 'sq0', 'the key is under the mat'])(
    '%j is none',
    (text) => {
      expect(() => refuseSecrets({ note: text, notes: [text, null, 1, true] })).not.toThrow();
    },
  );
});
