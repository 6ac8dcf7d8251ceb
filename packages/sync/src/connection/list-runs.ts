import { AppError } from '@tributary/core/errors';
import { readId, showId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, desc, eq, lt, sql } from 'drizzle-orm';
import * as z from 'zod';
import { connections, runs } from './connection.sql.ts';

const count = z.int().nonnegative();

export const run = z
  .strictObject({
    id: z.string(),
    connectionId: z.string(),
    trigger: z.enum(['schedule', 'connect', 'sequence_gap', 'reconciliation', 'operator']),
    status: z.enum(['running', 'success', 'partial', 'failed']),
    reason: z.string().nullable().describe('What stood in the way.'),
    pages: count,
    objects: count.describe('That were listed.'),
    changed: count.describe('Those of them that were news.'),
    bytes: count,
    startedAt: z.iso.datetime(),
    finishedAt: z.iso.datetime().nullable(),
    durationMs: count.nullable().describe('Null while it goes on.'),
    failedWindows: z
      .array(z.string())
      .describe(
        'Days that could not be had, or not whole, where days are read: first/last, as ISO 8601 writes an interval.',
      ),
    requestId: z
      .string()
      .nullable()
      .describe('Of the message that began it; null for runs from before there were any.'),
  })
  .meta({ id: 'Run', description: 'One pull of what an account has.' });

export type Run = z.infer<typeof run>;

/** Behind the run with this id (a UUID). */
export const runPosition = z.uuid();

const listRunsInput = z.strictObject({
  connectionId: z.string(),
  limit: z.int().positive(),
  after: runPosition.optional(),
});

type Wanted = z.output<typeof listRunsInput>;

/**
 * Runs of a connection, the newest first: at most `limit`, each with the position a next page continues from.
 * @throws AppError `not_found` for a connection that is not there; one that was never pulled from is an empty list.
 */
export const listRuns = verb(listRunsInput, async (context: TenantContext, wanted) => {
  const rows = await readRuns(context, wanted);
  if (rows.length === 0) throw new AppError('not_found', 'No such object.');
  return rows.flatMap(({ run }) => (run ? [{ item: serializeRun(run), position: run.id }] : []));
});

/** The connection once per run, or once without any. */
function readRuns(context: TenantContext, { connectionId, limit, after }: Wanted) {
  return readTenant(context, (reader) => {
    const run = reader
      .select()
      .from(runs)
      .where(
        and(
          eq(runs.orgId, connections.orgId),
          eq(runs.connectionId, connections.id),
          after === undefined ? undefined : lt(runs.id, after),
        ),
      )
      .orderBy(desc(runs.id))
      .limit(limit)
      .as('run');
    return reader
      .select({
        run: {
          id: run.id,
          connectionId: run.connectionId,
          trigger: run.trigger,
          status: run.status,
          reason: run.reason,
          pages: run.pages,
          objects: run.objects,
          changed: run.changed,
          bytes: run.bytes,
          startedAt: run.startedAt,
          finishedAt: run.finishedAt,
          failedWindows: run.failedWindows,
          requestId: run.requestId,
        },
      })
      .from(connections)
      .leftJoinLateral(run, sql`true`)
      .where(and(eq(connections.orgId, context.orgId), eq(connections.id, readId('connection', connectionId))))
      .orderBy(desc(run.id));
  });
}

function serializeRun(row: Omit<typeof runs.$inferSelect, 'orgId'>): Run {
  return {
    ...row,
    id: showId('run', row.id),
    connectionId: showId('connection', row.connectionId),
    startedAt: row.startedAt.toISOString(),
    finishedAt: row.finishedAt?.toISOString() ?? null,
    // By the clocks of two processes, of which the second may be behind.
    durationMs: row.finishedAt && Math.max(0, row.finishedAt.getTime() - row.startedAt.getTime()),
  };
}
