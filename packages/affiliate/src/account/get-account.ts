import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, eq } from 'drizzle-orm';
import * as z from 'zod';
import { accounts } from './account.sql.ts';
import { type NetworkAccount, serializeAccount } from './account.ts';

const getAccountInput = z.strictObject({ connectionId: z.string() });

/** The account that a connection (its TypeID) is about. @throws AppError `not_found`. */
export const getAccount = verb(
  getAccountInput,
  async (context: TenantContext, { connectionId }): Promise<NetworkAccount> => {
    const own = and(eq(accounts.orgId, context.orgId), eq(accounts.connectionId, readId('connection', connectionId)));
    const [row] = await readTenant(context, (reader) => reader.select().from(accounts).where(own));
    if (!row) throw new AppError('not_found', 'No such object.');
    return serializeAccount(row);
  },
);
