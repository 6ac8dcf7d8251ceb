import type { Proof, Prove, StoredProof } from '@tributary/inbox/verify/reverify';
import { maxLiveKeys } from '@tributary/providers/signature/hmac-url-body';
import { keyIdOf } from '@tributary/providers/signature/key-id';
import { verify as verifySquare } from '@tributary/providers/square/webhook';
import type { Verdict } from '@tributary/providers/verdict';
import { verify as verifyXero } from '@tributary/providers/xero/webhook';

type VerifyBy = (delivery: StoredProof, keys: readonly string[]) => Verdict;

/**
 * Clover proves a delivery by a code that it sends along and that is the secret itself, so it is not stored, and it is not about the bytes:
 * of its deliveries only the hash can be checked.
 */
const schemes: Readonly<Record<'square' | 'xero', VerifyBy>> = {
  square: ({ url, ...request }, keys) => verifySquare(request, { keys, notificationUrl: url }),
  xero: (request, keys) => verifyXero(request, { keys }),
};

/** How each provider's stored deliveries are proven again. @param keys all there ever were, by provider, ended ones too */
export function proveWith(keys: Readonly<Record<'square' | 'xero', readonly string[]>>): Record<string, Prove> {
  return {
    square: (delivery) => proveAgain(schemes.square, delivery, keys.square),
    xero: (delivery) => proveAgain(schemes.xero, delivery, keys.xero),
    clover: () => 'not_signed',
  };
}

function proveAgain(verifyBy: VerifyBy, delivery: StoredProof, keys: readonly string[]): Proof {
  const { keyId } = delivery;
  if (keyId === null) return 'not_signed';
  const named = keys.filter((key) => keyIdOf(key) === keyId);
  // Before keys had names, what stands there is a place in a list that is forgotten: any may be the one.
  const isPlace = /^\d{1,3}$/.test(keyId);
  if (named.length === 0 && !isPlace) return 'key_unknown';
  const tried = isPlace ? keys : named;
  for (let next = 0; next < tried.length; next += maxLiveKeys) {
    const { outcome } = verifyBy(delivery, tried.slice(next, next + maxLiveKeys));
    if (outcome === 'signed') return 'proven';
  }
  return 'refuted';
}
