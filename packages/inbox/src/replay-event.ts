import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { and, eq, sql } from 'drizzle-orm';
import * as z from 'zod';
import { events } from './event.sql.ts';
import { type InboxEvent, serializeEvent } from './event.ts';

const replayEventInput = z.strictObject({ eventId: z.string() });

/**
 * Lets a quarantined event wait again: what kept it from being applied is gone, somebody says. Whoever calls sends word of it; else
 * a schedule finds it after an hour.
 * @throws AppError `not_found`, `conflict` for an event that is not quarantined
 */
export const replayEvent = verb(
  replayEventInput,
  async ({ tx, actor, client }: ActingContext, { eventId }): Promise<InboxEvent> => {
    const own = and(eq(events.orgId, tx.orgId), eq(events.id, readId('event', eventId)));
    const [event] = await tx.drizzle.select().from(events).where(own).for('update');
    if (!event) throw new AppError('not_found', 'No such object.');
    if (event.status !== 'quarantined') throw new AppError('conflict', 'The event is not quarantined.');
    const waiting = { status: 'pending', reason: null, processedAt: null } as const;
    await tx.drizzle
      .update(events)
      .set({ ...waiting, pendingSince: sql`now()` })
      .where(own);
    await recordAudit(tx, {
      actor,
      client,
      action: 'event.replay',
      targetType: 'event',
      targetId: event.id,
      before: { status: event.status, reason: event.reason },
      after: { status: waiting.status, reason: null },
    });
    return serializeEvent({ ...event, ...waiting });
  },
);
