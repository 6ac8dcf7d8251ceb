import { readFileSync } from 'node:fs';
import { join } from 'node:path';

const folder = join(import.meta.dirname, '../../test/payloads/xero');

export const sample = (name: string) => readFileSync(join(folder, `webhook.${name}.json`));
export const bytes = (value: unknown) => Buffer.from(JSON.stringify(value));

export const tenantId = 'c2cc9b6e-9458-4c7d-93cc-f02b81b0594f';
export const resourceId = '717f2bfc-c6d4-41fd-b238-3f2f0c0cf777';
export const update = {
  resourceUrl: `https://api.xero.com/api.xro/2.0/Contacts/${resourceId}`,
  resourceId,
  eventDateUtc: '2024-06-21T01:15:39.902',
  eventType: 'UPDATE',
  eventCategory: 'CONTACT',
  tenantId,
  tenantType: 'ORGANISATION',
};

/** A delivery of those events, numbered from `first`. */
export function delivery(events: readonly object[], { first = 7, entropy = 'S0m3r4Nd0mt3xt' } = {}): Buffer {
  return bytes({ events, firstEventSequence: first, lastEventSequence: first + events.length - 1, entropy });
}

/** A delivery of one event, with that changed. */
export const one = (change: Record<string, unknown> = {}) => delivery([{ ...update, ...change }]);
