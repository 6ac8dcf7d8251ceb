import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, eq } from 'drizzle-orm';
import * as z from 'zod';
import { alerts } from './alert.sql.ts';
import { type Alert, serializeAlert } from './alert.ts';

const getAlertInput = z.strictObject({ alertId: z.string() });

/** @throws AppError `not_found`. */
export const getAlert = verb(getAlertInput, async (context: TenantContext, { alertId }): Promise<Alert> => {
  const own = and(eq(alerts.orgId, context.orgId), eq(alerts.id, readId('alert', alertId)));
  const [row] = await readTenant(context, (reader) => reader.select().from(alerts).where(own));
  if (!row) throw new AppError('not_found', 'No such object.');
  return serializeAlert(row);
});
