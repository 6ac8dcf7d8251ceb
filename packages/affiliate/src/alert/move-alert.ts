import { recordAudit } from '@tributary/audit/record';
import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { and, eq } from 'drizzle-orm';
import * as z from 'zod';
import type { AlertingContext } from '../rule/create-rule.ts';
import { type AlertRow, alerts } from './alert.sql.ts';
import { type Alert, serializeAlert } from './alert.ts';
import { type AlertVerb, nextStatus } from './alert-states.ts';

const moveAlertInput = z.strictObject({ alertId: z.string().max(64) });

/** Somebody has seen it. @throws AppError `not_found`, `illegal_move` */
export const acknowledgeAlert = moving('acknowledge', (now) => ({ acknowledgedAt: now }));

/** Nothing more is to be done about it. @throws AppError `not_found`, `illegal_move` */
export const resolveAlert = moving('resolve', (now) => ({ resolvedAt: now }));

function moving(move: AlertVerb, stampsAt: (now: Date) => Partial<AlertRow>) {
  return verb(moveAlertInput, async ({ tx, actor, client, now }: AlertingContext, { alertId }): Promise<Alert> => {
    const own = and(eq(alerts.orgId, tx.orgId), eq(alerts.id, readId('alert', alertId)));
    const [row] = await tx.drizzle.select().from(alerts).where(own).for('update');
    if (!row) throw new AppError('not_found', 'No such object.');
    const status = nextStatus(row.status, move);
    const stamps = stampsAt(now);
    await tx.drizzle
      .update(alerts)
      .set({ status, ...stamps })
      .where(own);
    await recordAudit(tx, {
      actor,
      client,
      action: `alert.${move}`,
      targetType: 'alert',
      targetId: row.id,
      before: { status: row.status },
      after: { status },
    });
    return serializeAlert({ ...row, status, ...stamps });
  });
}
