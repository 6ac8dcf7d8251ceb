import type { Json } from '@tributary/core/canonical-json';
import { AppError } from '@tributary/core/errors';

/** A word in the name of what holds a secret. */
const secretWord =
  /(tokens?|secrets?|passwords?|passwd|passphrase|passcode|credentials?|authorization|cookies?|bearer|jwt)$|^(api)?keys?$|^(otp|totp|pin|pwd|signature)$/;

/** Last words of names that tell of a secret and hold none: `keyId`, `tokenExpiresAt`. */
const tellingWords = new Set(['id', 'at', 'prefix']);

/** What a secret looks like: our own API keys, JWTs, a private key in PEM, a bearer token, and tokens of Square and Stripe. */
const secretForm =
  /\btrb_(live|test)_|\beyJ[\w-]{8,}\.[\w-]{8,}\.|-----BEGIN [A-Z ]*PRIVATE KEY|\bbearer [\w+/=.~-]{20,}|\bEAAA[\w-]{20,}|\bsq0[a-z]{3}-[\w-]{20,}|\bsk_(live|test)_/i;

/**
 * What is recorded is kept for ever and read by many, so nothing may get there under a name that says that it is secret (`apiKey`,
 * `password_hash`), at any depth, nor a text that looks like it.
 * @throws TypeError naming where, never what: a mistake of ours, by which the whole transaction is undone; AppError as `refuseSecretText`
 */
export function refuseSecrets(state: Json, path = ''): void {
  if (typeof state === 'string') refuseSecretText(state);
  if (typeof state !== 'object' || state === null) return;
  for (const [name, value] of Object.entries(state as Record<string, Json | undefined>)) {
    const here = `${path}.${name}`;
    if (!Array.isArray(state) && namesSecret(name)) throw new TypeError(`${here} is not for the audit`);
    if (value !== undefined) refuseSecrets(value, here);
  }
}

/** @throws AppError `validation_failed` for a text of somebody's that looks like a secret */
export function refuseSecretText(text: string): void {
  if (!secretForm.test(text)) return;
  throw new AppError('validation_failed', 'A text looks like a key or a token, and would be kept for ever.');
}

function namesSecret(name: string): boolean {
  const words = name
    .replace(/([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])/g, '$1$3 $2$4')
    .toLowerCase()
    .split(/[^a-z]+/)
    .filter((word) => word !== '');
  return !tellingWords.has(words.at(-1) ?? '') && words.some((word) => secretWord.test(word));
}
