import { showId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, desc, eq, lt, type SQL } from 'drizzle-orm';
import * as z from 'zod';
import { auditAction, auditTarget } from './actions.ts';
import { records } from './record.sql.ts';
import { readTarget, targetId } from './target.ts';

export const auditRecord = z
  .strictObject({
    id: z.string(),
    actor: z.string().describe('Who did it: the subject of the token.'),
    action: auditAction,
    targetType: auditTarget,
    targetId: z.string(),
    reason: z.string().nullable(),
    before: z.looseObject({}).nullable().describe('What the action changed, as it was.'),
    after: z.looseObject({}).nullable().describe('The same as it is since.'),
    ip: z.string().nullable().describe('From where it was asked; null where no request was behind it.'),
    userAgent: z.string().nullable(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'AuditRecord', description: 'What somebody did by hand. Never changed.' });

export type AuditRecord = z.infer<typeof auditRecord>;

export const auditFilters = z.strictObject({
  actor: z.string().min(1).max(255).optional().describe('What this one did only.'),
  targetId: targetId.optional().describe('What was done to this one only.'),
});

/** Behind the record with this id (a UUID). */
export const auditPosition = z.uuid();

const listRecordsInput = auditFilters.extend({ limit: z.int().positive(), after: auditPosition.optional() });

/** What was done in the organization, the newest first: at most `limit`, each with the position a next page continues from. */
export const listRecords = verb(listRecordsInput, async (context: TenantContext, { limit, ...wanted }) => {
  const rows = await readTenant(context, (reader) =>
    reader
      .select()
      .from(records)
      .where(and(eq(records.orgId, context.orgId), ...conditions(wanted)))
      .orderBy(desc(records.id))
      .limit(limit),
  );
  return rows.map((row) => ({ item: serializeRecord(row), position: row.id }));
});

function conditions({ actor, targetId, after }: Omit<z.output<typeof listRecordsInput>, 'limit'>): (SQL | undefined)[] {
  const target = targetId === undefined ? null : readTarget(targetId);
  return [
    actor === undefined ? undefined : eq(records.actor, actor),
    target ? and(eq(records.targetType, target.type), eq(records.targetId, target.id)) : undefined,
    after === undefined ? undefined : lt(records.id, after),
  ];
}

function serializeRecord({ orgId: _, ...row }: typeof records.$inferSelect): AuditRecord {
  const target = auditTarget.parse(row.targetType);
  return {
    ...row,
    id: showId('auditRecord', row.id),
    action: auditAction.parse(row.action),
    targetType: target,
    targetId: showId(target, row.targetId),
    createdAt: row.createdAt.toISOString(),
  };
}
