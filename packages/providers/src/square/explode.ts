import type { Json } from '@tributary/core/canonical-json';
import type { ProviderEvent } from '@tributary/core/provider-event';
import { parseStorableJson } from '@tributary/core/storable-json';
import * as z from 'zod';
import { identifier, timestamp } from '../fields.ts';
import { fit } from '../fit.ts';

const envelope = z.looseObject({
  merchant_id: identifier,
  type: identifier,
  event_id: identifier,
  // Nothing depends on it, so a time we cannot read must not cost the event.
  created_at: timestamp.nullish().catch(null),
  data: z.looseObject({ object: z.unknown().optional() }).nullish(),
});

/**
 * One Square delivery is one event. The key carries the type because ids are shared between types in Square's own samples.
 * @throws PermanentFailure `invalid_payload`, or what parseStorableJson throws.
 * @see https://developer.squareup.com/docs/webhooks/overview
 */
export function explode(body: Uint8Array): ProviderEvent[] {
  const event = fit(envelope, parseStorableJson(body), 'Square event');
  const type = event.type.toLowerCase();
  return [
    {
      accountRef: event.merchant_id,
      key: `${type}:${event.event_id}`,
      type,
      occurredAt: event.created_at ? new Date(event.created_at) : null,
      payload: (event.data?.object ?? null) as Json,
    },
  ];
}
