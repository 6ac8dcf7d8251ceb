import * as z from 'zod';
import type { Reply } from '../kernel/message.ts';
import type { Timeline } from '../kernel/timeline.ts';
import { readCursor, writeCursor } from './cursor.ts';
import { Refused } from './errors.ts';
import type { SquareEnvelope } from './schemas.ts';
import { apiVersion } from './webhooks.ts';

const retentionMs = 28 * 24 * 60 * 60_000;

const search = z.looseObject({
  cursor: z.string().optional(),
  limit: z.int().min(1).optional(),
  query: z
    .strictObject({
      filter: z
        .strictObject({
          event_types: z.array(z.string()).optional(),
          merchant_ids: z.array(z.string()).optional(),
          location_ids: z.array(z.string()).optional(),
          created_at: z
            .strictObject({ start_at: z.iso.datetime().optional(), end_at: z.iso.datetime().optional() })
            .optional(),
        })
        .optional(),
      sort: z
        .strictObject({ field: z.literal('DEFAULT').optional(), order: z.enum(['ASC', 'DESC']).optional() })
        .optional(),
    })
    .optional(),
});

export interface EventLog {
  isEnabled(): boolean;
  enable(isEnabled: boolean): void;
  /** Keeps an event, if events are enabled now. */
  add(event: SquareEnvelope): void;
  /** @throws Refused */
  search(body: unknown): Reply;
}

/** Events for SearchEvents: only those that happened while it was enabled, for 28 days. */
export function createEventLog({ now }: Timeline): EventLog {
  const events: SquareEnvelope[] = [];
  let isEnabled = false;
  return {
    isEnabled: () => isEnabled,
    enable: (enabled) => {
      isEnabled = enabled;
    },
    add: (event) => {
      if (isEnabled) events.push(event);
    },
    search: (body) => answerSearch(events, body, now().getTime() - retentionMs),
  };
}

function answerSearch(events: readonly SquareEnvelope[], body: unknown, sinceMs: number): Reply {
  const read = search.safeParse(body);
  if (!read.success)
    throw new Refused('BAD_REQUEST', 'The search is not understood.', read.error.issues[0]?.path.join('.'));
  const { cursor, query, limit = 100 } = read.data;
  const [text, isAscending] = [JSON.stringify(query ?? {}), query?.sort?.order === 'ASC'];
  const at = cursor === undefined ? null : readCursor(cursor, text);
  const found: SquareEnvelope[] = [];
  const step = isAscending ? 1 : -1;
  let index = at !== null && 'key' in at ? at.key : isAscending ? 0 : events.length - 1;
  let next: string | null = null;
  for (let event = events[index]; event !== undefined; event = events[index]) {
    if (matches(event, query?.filter, sinceMs)) {
      if (found.length === Math.min(limit, 100)) {
        next = writeCursor({ key: index, id: event.event_id }, text);
        break;
      }
      found.push(event);
    }
    index += step;
  }
  if (found.length === 0) return { status: 200, body: {} };
  const metadata = found.map(({ event_id }) => ({ event_id, api_version: apiVersion }));
  return { status: 200, body: { events: found, metadata, ...(next !== null && { cursor: next }) } };
}

type Filter = NonNullable<NonNullable<z.infer<typeof search>['query']>['filter']>;

function matches(event: SquareEnvelope, filter: Filter | undefined, sinceMs: number): boolean {
  const createdMs = Date.parse(event.created_at);
  const { start_at, end_at } = filter?.created_at ?? {};
  const isAmong = (allowed: readonly string[] | undefined, value: string) => allowed?.includes(value) ?? true;
  return (
    createdMs >= sinceMs &&
    (start_at === undefined || createdMs >= Date.parse(start_at)) &&
    (end_at === undefined || createdMs <= Date.parse(end_at)) &&
    isAmong(filter?.event_types, event.type) &&
    isAmong(filter?.merchant_ids, event.merchant_id) &&
    isAmong(filter?.location_ids, locationOf(event))
  );
}

function locationOf(event: SquareEnvelope): string {
  const [object] = Object.values(event.data.object ?? {});
  return event.location_id ?? String(object?.location_id ?? '');
}
