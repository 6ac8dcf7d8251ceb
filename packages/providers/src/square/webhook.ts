import { matchHmacUrlBody } from '../signature/hmac-url-body.ts';
import { keyIdOf } from '../signature/key-id.ts';
import type { Verdict, WebhookRequest } from '../verdict.ts';

const signatureHeader = 'x-square-hmacsha256-signature';

/** Headers kept with a delivery. The signature is among them, so it can be verified again later. */
export const keptHeaders: readonly string[] = [
  'content-type',
  'content-encoding',
  'user-agent',
  signatureHeader,
  'square-environment',
  'square-initial-delivery-timestamp',
  'square-retry-number',
  'square-retry-reason',
];

/** `notificationUrl` is the one registered on the subscription, character for character; `keys` are the live ones, current first. */
export interface SquareSecrets {
  keys: readonly string[];
  notificationUrl: string;
}

export function verify(request: WebhookRequest, { keys, notificationUrl }: SquareSecrets): Verdict {
  if (notificationUrl === '' || keys.every((key) => key === '')) return { outcome: 'misconfigured' };
  const signature = request.headers[signatureHeader];
  if (!signature) return { outcome: 'unsigned' };
  const key = matchHmacUrlBody({ url: notificationUrl, body: request.body, signature, keys });
  return key === null ? { outcome: 'forged' } : { outcome: 'signed', keyId: keyIdOf(key) };
}
