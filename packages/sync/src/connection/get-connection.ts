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

export const connectionDetail = z
  .strictObject({ ...connection.shape, streams: z.array(stream) })
  .meta({ id: 'ConnectionDetail', description: 'A connection with the lists that are pulled from it.' });

export type ConnectionDetail = z.infer<typeof connectionDetail>;

type StreamRow = z.infer<typeof stream>;

/** Times in JSON are text. */
const itsStreams = sql<StreamRow[]>`coalesce((
  select json_agg(json_build_object('resource', s.resource, 'location', nullif(s.location_ref, ''), 'status', s.status,
    'watermark', s.watermark, 'walkedAt', s.walked_at) order by s.resource, s.location_ref)
  from sync.streams s where s.org_id = ${connections.orgId} and s.connection_id = ${connections.id}), '[]')`;

const getConnectionInput = z.strictObject({ connectionId: z.string() });

/** @throws AppError `not_found`. */
export const getConnection = verb(
  getConnectionInput,
  async ({ now, ...context }: TenantContext & { now: Date }, { connectionId }): Promise<ConnectionDetail> => {
    const own = and(eq(connections.orgId, context.orgId), eq(connections.id, readId('connection', connectionId)));
    const [row] = await readTenant(context, (reader) =>
      reader
        .select({ ...connectionColumns, streams: itsStreams })
        .from(connections)
        .leftJoin(credentials, itsCredential)
        .where(own),
    );
    if (!row) throw new AppError('not_found', 'No such object.');
    const { streams, ...shown } = row;
    return { ...serializeConnection(shown, now), streams: streams.map(serializeStream) };
  },
);

function serializeStream({ watermark, walkedAt, ...row }: StreamRow): StreamRow {
  return { ...row, watermark: toTime(watermark), walkedAt: toTime(walkedAt) };
}

const toTime = (text: string | null) => (text === null ? null : new Date(text).toISOString());
