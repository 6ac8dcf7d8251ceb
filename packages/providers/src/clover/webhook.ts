import { contentHash } from '@tributary/core/canonical-json';
import { PermanentFailure } from '@tributary/core/errors';
import type { ProviderEvent } from '@tributary/core/provider-event';
import { parseStorableJson } from '@tributary/core/storable-json';
import * as z from 'zod';
import { epochMs, identifier } from '../fields.ts';
import { fit } from '../fit.ts';
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
  const keyIndex = matchSharedSecret(given, codes);
  if (isHandshake(request.body)) return { outcome: 'handshake', keyIndex };
  if (codes.every((code) => code === '')) return { outcome: 'misconfigured' };
  if (!given) return { outcome: 'unsigned' };
  return keyIndex === null ? { outcome: 'forged' } : { outcome: 'signed', keyIndex };
}

// The documented example has a letter outside hex, so this asks for less than a UUID.
const handshake = z.strictObject({ verificationCode: z.string().regex(/^[0-9A-Za-z-]{1,64}$/) });

/** `{"verificationCode": "…"}` and nothing else, at most 1 KiB. */
export function isHandshake(body: Uint8Array): boolean {
  if (body.byteLength > maxHandshakeBytes) return false;
  try {
    return handshake.safeParse(parseStorableJson(body)).success;
  } catch (error) {
    if (error instanceof PermanentFailure) return false;
    throw error;
  }
}

const change = z.looseObject({
  /** Kind and id of the object: `P:ABCVJTABCRRSC`. */
  objectId: z
    .string()
    .max(255)
    .regex(/^[A-Za-z]+:./),
  type: identifier,
  ts: z.union([
    epochMs,
    z
      .string()
      .regex(/^\d{1,15}$/)
      .transform(Number),
  ]),
});
const envelope = z.looseObject({
  appId: identifier,
  merchants: z.record(identifier, z.array(change)),
});

/**
 * One event per merchant and changed object; Clover sends many in one delivery, and no ids, so the key is a hash of what it says.
 * The payload only hints at what to fetch: `objectId` as sent (`P:ABCVJTABCRRSC`) and `ts` in milliseconds.
 * @throws PermanentFailure `invalid_payload`, or what parseStorableJson throws.
 */
export function explode(body: Uint8Array): ProviderEvent[] {
  const { appId, merchants } = fit(envelope, parseStorableJson(body), 'Clover delivery');
  const events = new Map<string, ProviderEvent>();
  for (const [merchant, changes] of Object.entries(merchants)) {
    for (const { objectId, type, ts } of changes) {
      const event = toEvent({ appId, merchant, objectId, verb: type.toUpperCase(), ts });
      events.set(event.key, event);
    }
  }
  return [...events.values()];
}

function toEvent(said: { appId: string; merchant: string; objectId: string; verb: string; ts: number }): ProviderEvent {
  const { appId, merchant, verb, ts } = said;
  const colon = said.objectId.indexOf(':');
  const kind = said.objectId.slice(0, colon).toUpperCase();
  const objectId = kind + said.objectId.slice(colon);
  return {
    accountRef: merchant,
    key: contentHash({ appId, mId: merchant, objectId, type: verb, ts }).toString('hex'),
    type: `${kind}:${verb}`,
    occurredAt: new Date(ts),
    payload: { objectId, ts },
  };
}
