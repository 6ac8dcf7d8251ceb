import { readId } from '@tributary/core/ids';
import { instant } from '@tributary/core/instant';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { customerId } from '../wallet/customer.ts';
import { customers } from '../wallet/wallet.sql.ts';
import { transactions } from './transaction.sql.ts';
import { itsCustomer, serializeTransaction, transactionColumns } from './transaction.ts';

export const transactionFilters = z.strictObject({
  customerId: customerId.optional().describe('Sales to this customer only.'),
  from: instant.optional().describe('Paid at this time or later.'),
  to: instant.optional().describe('Paid before this time.'),
});

/** Behind the sale of this time (as Postgres writes it, to the microsecond) and id (a UUID). */
export const transactionPosition = z.strictObject({ at: z.string(), id: z.uuid() });

const listTransactionsInput = transactionFilters.extend({
  limit: z.int().positive(),
  after: transactionPosition.optional(),
});

type Wanted = z.output<typeof listTransactionsInput>;

/** Sales, the newest first: at most `limit`, each with the position a next page continues from. */
export const listTransactions = verb(listTransactionsInput, async (context: TenantContext, wanted) => {
  const rows = await readTenant(context, (reader) =>
    reader
      .select({ ...transactionColumns, at: sql<string>`${transactions.transactionAt}::text` })
      .from(transactions)
      .leftJoin(customers, itsCustomer)
      .where(and(eq(transactions.orgId, context.orgId), ...conditions(wanted)))
      .orderBy(desc(transactions.transactionAt), desc(transactions.id))
      .limit(wanted.limit),
  );
  return rows.map(({ at, ...row }) => ({ item: serializeTransaction(row), position: { at, id: row.id } }));
});

function conditions({ customerId, from, to, after }: Wanted): (SQL | undefined)[] {
  const { transactionAt, id } = transactions;
  return [
    customerId === undefined ? undefined : eq(transactions.customerId, readId('customer', customerId)),
    from === undefined ? undefined : gte(transactionAt, new Date(from)),
    to === undefined ? undefined : lt(transactionAt, new Date(to)),
    after && sql`(${transactionAt}, ${id}) < (${after.at}::timestamptz, ${after.id}::uuid)`,
  ];
}
