import { matchHmacBody } from '../signature/hmac-body.ts';
import { keyIdOf } from '../signature/key-id.ts';
import type { Verdict, WebhookRequest } from '../verdict.ts';

const signatureHeader = 'x-xero-signature';

/** Headers kept with a delivery. The signature is among them, so it can be verified again later. */
export const keptHeaders: readonly string[] = ['content-type', 'content-encoding', 'user-agent', signatureHeader];

/**
 * `keys` are the live webhook keys of the app, current first. Xero's check of a new webhook ("intent to receive") needs no case
 * of its own: it posts deliveries without events, signed rightly and wrongly, and wants them told apart.
 * @see https://developer.xero.com/documentation/webhooks/configuring-your-server
 */
export function verify(request: WebhookRequest, { keys }: { keys: readonly string[] }): Verdict {
  if (keys.every((key) => key === '')) return { outcome: 'misconfigured' };
  const signature = request.headers[signatureHeader];
  if (!signature) return { outcome: 'unsigned' };
  const key = matchHmacBody({ body: request.body, signature, keys });
  return key === null ? { outcome: 'forged' } : { outcome: 'signed', keyId: keyIdOf(key) };
}
