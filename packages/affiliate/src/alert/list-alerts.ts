import { idPattern, readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, desc, eq, lt } from 'drizzle-orm';
import * as z from 'zod';
import { alerts } from './alert.sql.ts';
import { alertStatus, serializeAlert } from './alert.ts';

export const alertFilters = z.strictObject({
  status: alertStatus.optional(),
  ruleId: z.string().regex(idPattern('automationRule'), 'must be the id of a rule').optional(),
});

/** Behind the alert with this id (a UUID). */
export const alertPosition = z.uuid();

const listAlertsInput = alertFilters.extend({ limit: z.int().positive(), after: alertPosition.optional() });

/** Alerts, the newest first: at most `limit`, each with the position a next page continues from. */
export const listAlerts = verb(listAlertsInput, async (context: TenantContext, { status, ruleId, limit, after }) => {
  const wanted = and(
    eq(alerts.orgId, context.orgId),
    status === undefined ? undefined : eq(alerts.status, status),
    ruleId === undefined ? undefined : eq(alerts.ruleId, readId('automationRule', ruleId)),
    after === undefined ? undefined : lt(alerts.id, after),
  );
  const rows = await readTenant(context, (reader) =>
    reader.select().from(alerts).where(wanted).orderBy(desc(alerts.id)).limit(limit),
  );
  return rows.map((row) => ({ item: serializeAlert(row), position: row.id }));
});
