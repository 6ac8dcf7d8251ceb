import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, desc, eq, lt } from 'drizzle-orm';
import * as z from 'zod';
import { accounts } from './account.sql.ts';
import { serializeAccount } from './account.ts';

/** Behind the account of this connection (a UUID). */
export const accountPosition = z.uuid();

const listAccountsInput = z.strictObject({
  limit: z.int().positive(),
  after: accountPosition.optional(),
  brand: z.string().optional(),
});

/** Accounts at networks, the newest connection first: at most `limit`, each with the position a next page continues from. */
export const listAccounts = verb(listAccountsInput, async (context: TenantContext, { limit, after, brand }) => {
  const wanted = and(
    eq(accounts.orgId, context.orgId),
    brand === undefined ? undefined : eq(accounts.brand, brand),
    after === undefined ? undefined : lt(accounts.connectionId, after),
  );
  const rows = await readTenant(context, (reader) =>
    reader.select().from(accounts).where(wanted).orderBy(desc(accounts.connectionId)).limit(limit),
  );
  return rows.map((row) => ({ item: serializeAccount(row), position: row.connectionId }));
});
