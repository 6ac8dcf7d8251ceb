import { contentHash } from '@tributary/core/canonical-json';
import type { ProviderEvent } from '@tributary/core/provider-event';
import { parseStorableJson } from '@tributary/core/storable-json';
import * as z from 'zod';
import { epochMs, identifier } from '../fields.ts';
import { fit } from '../fit.ts';

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
