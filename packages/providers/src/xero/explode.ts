import { hash } from 'node:crypto';
import { contentHash } from '@tributary/core/canonical-json';
import { PermanentFailure } from '@tributary/core/errors';
import type { ProviderEvent } from '@tributary/core/provider-event';
import { parseStorableJson } from '@tributary/core/storable-json';
import * as z from 'zod';
import { identifier } from '../fields.ts';
import { fit } from '../fit.ts';

/**
 * What events about the app itself are routed by (the plans its users pay through Xero's app store). No organisation has that id,
 * so they are parked where a person sees them and reach no tenant.
 */
export const applicationRef = 'application';

const sequence = z.int().positive().nullable().catch(null);
const sequences = z.looseObject({ firstEventSequence: sequence, lastEventSequence: sequence });

const change = z.looseObject({
  tenantId: identifier,
  eventCategory: identifier,
  eventType: identifier,
  tenantType: z.string().nullish().catch(null),
  // Only what is fetched needs one; `hintOf` asks for it then.
  resourceId: identifier.nullish().catch(null),
  // Nothing depends on it, so a time we cannot read must not cost the event.
  eventDateUtc: z.iso.datetime({ local: true, offset: true }).nullish().catch(null),
});
const envelope = sequences.extend({ events: z.array(change) });
const intentToReceive = z.looseObject({
  events: z.array(z.unknown()).max(0),
  firstEventSequence: z.literal(0),
  lastEventSequence: z.literal(0),
});

/**
 * One event per change; a delivery holds those of many organisations, and an intent to receive none. `resourceUrl` is not read:
 * it comes with and without the id (https://github.com/XeroAPI/Xero-OpenAPI/issues/789).
 * The payload only hints at what to fetch: see `hintOf`.
 * @throws PermanentFailure `invalid_payload`, or what parseStorableJson throws.
 * @see https://github.com/XeroAPI/Xero-OpenAPI/blob/master/xero-webhooks.yaml
 */
export function explode(body: Uint8Array): ProviderEvent[] {
  const delivery = fit(envelope, parseStorableJson(body), 'Xero delivery');
  const span = spanOf(delivery);
  const numbered = span !== null && span.last - span.first + 1 === delivery.events.length;
  return delivery.events.map((said, index) =>
    toEvent(said, numbered ? span.first + index : `${hash('sha256', body)}:${index}`),
  );
}

/**
 * First and last number of a delivery in the stream of the app's webhook, across its organisations: a number that never comes is a
 * lost event. `restart` for an intent to receive, which comes when the webhook is made, moved or enabled again: what happened while
 * there was none takes no number. Null where they cannot be read.
 */
export function sequencesOf(body: Uint8Array): { first: number; last: number } | 'restart' | null {
  try {
    const said = parseStorableJson(body);
    if (intentToReceive.safeParse(said).success) return 'restart';
    const numbers = sequences.safeParse(said);
    return numbers.success ? spanOf(numbers.data) : null;
  } catch (error) {
    if (error instanceof PermanentFailure) return null;
    throw error;
  }
}

function spanOf({ firstEventSequence: first, lastEventSequence: last }: z.output<typeof sequences>) {
  return first !== null && last !== null && first <= last ? { first, last } : null;
}

/**
 * Xero gives events no id. What it delivers again keeps its place in the stream, and of two changes in one millisecond each has its own,
 * so the key holds the place. Where that is unknown it is the delivery: an event read twice costs a request, one taken for a copy is lost.
 */
function toEvent(said: z.output<typeof change>, place: number | string): ProviderEvent {
  const category = said.eventCategory.toUpperCase();
  const verb = said.eventType.toUpperCase();
  const { tenantId, resourceId = null } = said;
  const occurredAt = instantOf(said.eventDateUtc ?? null);
  const at = occurredAt?.toISOString() ?? null;
  const ofApplication = said.tenantType?.toUpperCase() === 'APPLICATION' || category === 'SUBSCRIPTION';
  return {
    accountRef: ofApplication ? applicationRef : tenantId,
    key: contentHash({ tenantId, category, resourceId, verb, at, place }).toString('hex'),
    type: `${category}:${verb}`,
    occurredAt,
    payload: { category, resourceId, at },
  };
}

/** Xero writes UTC without saying so, and `Date` would read local time. */
function instantOf(text: string | null): Date | null {
  if (text === null) return null;
  return new Date(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`);
}
