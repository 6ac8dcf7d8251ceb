import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, eq, sql } from 'drizzle-orm';
import * as z from 'zod';
import { connections, credentials } from './connection.sql.ts';
import { connection, connectionColumns, itsCredential, serializeConnection } from './connection.ts';

const stream = z
  .strictObject({
    resource: z.string(),
    location: z.string().nullable().describe("The provider's id of a shop; null where there is one list of all."),
    status: z.enum(['active', 'ended']).describe('Ended: the provider lists it no more.'),
    watermark: z.iso.datetime().nullable().describe("All that changed before is stored, by the provider's clock."),
    walkedAt: z.iso.datetime().nullable().describe('When it was last pulled to its end.'),
  })
  .meta({ id: 'Stream', description: 'One list at a provider, and how far it has been pulled.' });

const check = z
  .strictObject({
    day: z.iso.date().describe("In the organization's time zone."),
    status: z.enum(['agrees', 'drifts']),
    drifts: z.int().nonnegative().describe('How many objects differed.'),
    checkedAt: z.iso.datetime(),
  })
  .meta({ id: 'DayCheck', description: 'A day of which what we hold was compared with what the provider lists.' });

export const connectionDetail = z
  .strictObject({
    ...connection.shape,
    streams: z.array(stream),
    lastCheck: check.nullable().describe('Of the last day that was compared; null before the first.'),
  })
  .meta({ id: 'ConnectionDetail', description: 'A connection with the lists that are pulled from it.' });

export type ConnectionDetail = z.infer<typeof connectionDetail>;

type StreamRow = z.infer<typeof stream>;
type CheckRow = z.infer<typeof check>;

/** Times in JSON are text. */
const itsStreams = sql<StreamRow[]>`coalesce((
  select json_agg(json_build_object('resource', s.resource, 'location', nullif(s.location_ref, ''), 'status', s.status,
    'watermark', s.watermark, 'walkedAt', s.walked_at) order by s.resource, s.location_ref)
  from sync.streams s where s.org_id = ${connections.orgId} and s.connection_id = ${connections.id}), '[]')`;

const itsLastCheck = sql<CheckRow | null>`(
  select json_build_object('day', r.day, 'status', r.status, 'drifts', r.drifts, 'checkedAt', r.checked_at)
  from sync.reconciliations r where r.org_id = ${connections.orgId} and r.connection_id = ${connections.id} order by r.day desc limit 1)`;

const getConnectionInput = z.strictObject({ connectionId: z.string() });

/** @throws AppError `not_found`. */
export const getConnection = verb(
  getConnectionInput,
  async ({ now, ...context }: TenantContext & { now: Date }, { connectionId }): Promise<ConnectionDetail> => {
    const own = and(eq(connections.orgId, context.orgId), eq(connections.id, readId('connection', connectionId)));
    const [row] = await readTenant(context, (reader) =>
      reader
        .select({ ...connectionColumns, streams: itsStreams, lastCheck: itsLastCheck })
        .from(connections)
        .leftJoin(credentials, itsCredential)
        .where(own),
    );
    if (!row) throw new AppError('not_found', 'No such object.');
    const { streams, lastCheck, ...shown } = row;
    return {
      ...serializeConnection(shown, now),
      streams: streams.map(serializeStream),
      lastCheck: lastCheck && { ...lastCheck, checkedAt: new Date(lastCheck.checkedAt).toISOString() },
    };
  },
);

function serializeStream({ watermark, walkedAt, ...row }: StreamRow): StreamRow {
  return { ...row, watermark: toTime(watermark), walkedAt: toTime(walkedAt) };
}

const toTime = (text: string | null) => (text === null ? null : new Date(text).toISOString());
