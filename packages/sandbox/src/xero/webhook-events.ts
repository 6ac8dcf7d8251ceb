import { createHmac } from 'node:crypto';
import type { Random } from '../kernel/random.ts';
import type { Change } from './organisation.ts';
import { type EventCategory, resources } from './resources.ts';

/** Xero's specification says `UPDATE` and a URL with the id; its documents show `Update` and none. */
export type EventDialect = 'specification' | 'documents';

export interface WebhookEvent {
  readonly resourceUrl: string;
  readonly resourceId: string;
  readonly tenantId: string;
  readonly tenantType: 'ORGANISATION';
  readonly eventCategory: EventCategory;
  readonly eventType: 'CREATE' | 'UPDATE' | 'Create' | 'Update';
  /** UTC without saying so. */
  readonly eventDateUtc: string;
  /** Of credit notes only. */
  readonly data?: { readonly Type: string; readonly Status: string };
}

/** What a webhook says of a change; null of what webhooks do not tell. */
export function toEvent({ organisation, resource, kind, row }: Change, dialect: EventDialect): WebhookEvent | null {
  const { eventCategory } = resources[resource];
  if (eventCategory === null) return null;
  const url = `https://api.xero.com/api.xro/2.0/${resource}`;
  const isSpecified = dialect === 'specification';
  return {
    resourceUrl: isSpecified ? `${url}/${row.id}` : url,
    resourceId: row.id,
    tenantId: organisation.id,
    tenantType: 'ORGANISATION',
    eventCategory,
    eventType: isSpecified ? kind : kind === 'CREATE' ? 'Create' : 'Update',
    eventDateUtc: new Date(row.updatedMs).toISOString().slice(0, -1),
    ...(eventCategory === 'CREDITNOTE' && { data: dataOf(organisation.toWire('CreditNotes', row, false)) }),
  };
}

function dataOf({ Type, Status }: { Type: string; Status: string }): { Type: string; Status: string } {
  return { Type, Status };
}

/** The bytes of a delivery. The first and the last number are those of its events, 0 when it has none. */
export function toBody(events: readonly WebhookEvent[], firstSequence: number, random: Random): Buffer {
  const body = {
    events,
    firstEventSequence: events.length === 0 ? 0 : firstSequence,
    lastEventSequence: events.length === 0 ? 0 : firstSequence + events.length - 1,
    entropy: random.text(20, 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'),
  };
  return Buffer.from(JSON.stringify(body));
}

export function sign(key: string, body: Buffer): string {
  return createHmac('sha256', key).update(body).digest('base64');
}
