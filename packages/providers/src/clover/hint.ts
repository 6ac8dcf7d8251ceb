import type { Json } from '@tributary/core/canonical-json';
import type { RevocationFact } from '@tributary/core/facts';
import * as z from 'zod';
import { epochMs } from '../fields.ts';
import { fit } from '../fit.ts';

const payload = z.looseObject({ objectId: z.string().regex(/^[A-Z]+:./), ts: epochMs });

/** Which object a Clover event is about. Kinds: https://docs.clover.com/dev/docs/webhooks (P payment, O order, A app …). */
export interface CloverHint {
  kind: string;
  id: string;
  at: Date;
}

/** @throws PermanentFailure `invalid_payload` */
export function hintOf(event: { type: string; payload: Json }): CloverHint {
  const { objectId, ts } = fit(payload, event.payload, event.type);
  const colon = objectId.indexOf(':');
  return { kind: objectId.slice(0, colon), id: objectId.slice(colon + 1), at: new Date(ts) };
}

/** Uninstalling the app (`A:DELETE`) ends the authorisation; null for every other event. */
export function revocationOf(event: { type: string; payload: Json }): RevocationFact | null {
  return event.type === 'A:DELETE' ? { kind: 'revocation', provider: 'clover', at: hintOf(event).at } : null;
}
