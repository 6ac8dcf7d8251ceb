import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { and, eq } from 'drizzle-orm';
import * as z from 'zod';
import { accounts } from './account.sql.ts';
import { type NetworkAccount, serializeAccount } from './account.ts';
import { accountLabel } from './open-account.ts';

export const renameAccountInput = z.strictObject({
  connectionId: z.string().max(64),
  label: accountLabel.nullable(),
});

/** Calls an account something else. @throws AppError `not_found` */
export const renameAccount = verb(
  renameAccountInput,
  async ({ tx, actor, client }: ActingContext, { connectionId, label }): Promise<NetworkAccount> => {
    const own = and(eq(accounts.orgId, tx.orgId), eq(accounts.connectionId, readId('connection', connectionId)));
    const [former] = await tx.drizzle.select().from(accounts).where(own).for('update');
    if (!former) throw new AppError('not_found', 'No such object.');
    if (former.label !== label) {
      await tx.drizzle.update(accounts).set({ label }).where(own);
      const target = { targetType: 'connection', targetId: former.connectionId } as const;
      const [before, after] = [{ label: former.label }, { label }];
      await recordAudit(tx, { actor, client, action: 'connection.rename', ...target, before, after });
    }
    return serializeAccount({ ...former, label });
  },
);
