import { PermanentFailure } from '@tributary/core/errors';
import { parseStorableJson } from '@tributary/core/storable-json';
import { keyIdOf } from '../signature/key-id.ts';
import { matchSharedSecret } from '../signature/shared-secret.ts';
import type { Verdict, WebhookRequest } from '../verdict.ts';

const secretHeader = 'x-clover-auth';
const maxHandshakeBytes = 1024;

/** Headers kept with a delivery. `x-clover-auth` is not among them: it is the secret itself. */
export const keptHeaders: readonly string[] = ['content-type', 'content-encoding', 'user-agent'];

/**
 * A handshake needs no code, since Clover issues the code only after it. It grants nothing: it is kept for a person to read.
 * @see https://docs.clover.com/dev/docs/webhooks
 */
export function verify(request: WebhookRequest, { codes }: { codes: readonly string[] }): Verdict {
  const given = request.headers[secretHeader];
  const code = matchSharedSecret(given, codes);
  const keyId = code === null ? null : keyIdOf(code);
  if (isHandshake(request.body)) return { outcome: 'handshake', keyId };
  if (codes.every((candidate) => candidate === '')) return { outcome: 'misconfigured' };
  if (!given) return { outcome: 'unsigned' };
  return keyId === null ? { outcome: 'forged' } : { outcome: 'signed', keyId };
}

// The documented example has a letter outside hex, so this asks for less than a UUID.
const verificationCode = /^[0-9A-Za-z-]{1,64}$/;

/** `{"verificationCode": "…"}` and nothing else, at most 1 KiB. */
export function isHandshake(body: Uint8Array): boolean {
  if (body.byteLength > maxHandshakeBytes) return false;
  try {
    const said = parseStorableJson(body);
    if (typeof said !== 'object' || said === null || Array.isArray(said)) return false;
    const [field, ...others] = Object.entries(said);
    if (field?.[0] !== 'verificationCode' || others.length > 0) return false;
    return typeof field[1] === 'string' && verificationCode.test(field[1]);
  } catch (error) {
    if (error instanceof PermanentFailure) return false;
    throw error;
  }
}
