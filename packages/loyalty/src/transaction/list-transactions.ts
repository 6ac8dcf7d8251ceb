import { readId } from '@tributary/core/ids';
import { instant } from '@tributary/core/instant';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, desc, eq, gte, lt, type SQL, sql } from 'drizzle-orm';
import { alias, type PgColumn } from 'drizzle-orm/pg-core';
import * as z from 'zod';
import { customerId } from '../wallet/customer.ts';
import { transactions } from './transaction.sql.ts';
import { serializeTransaction, transactionColumns } from './transaction.ts';

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
      .where(and(eq(transactions.orgId, context.orgId), condition(context.orgId, wanted)))
      .orderBy(desc(transactions.transactionAt), desc(transactions.id))
      .limit(wanted.limit),
  );
  return rows.map(({ at, ...row }) => ({ item: serializeTransaction(row), position: { at, id: row.id } }));
});

function condition(orgId: string, wanted: Wanted): SQL | undefined {
  return wanted.customerId === undefined
    ? within(transactions, wanted)
    : sql`${transactions.id} = any (array(${salesOf(orgId, readId('customer', wanted.customerId), wanted)}))`;
}

function within(
  { transactionAt, id }: Record<'transactionAt' | 'id', PgColumn>,
  { from, to, after }: Wanted,
): SQL | undefined {
  return and(
    from === undefined ? undefined : gte(transactionAt, new Date(from)),
    to === undefined ? undefined : lt(transactionAt, new Date(to)),
    after && sql`(${transactionAt}, ${id}) < (${after.at}::timestamptz, ${after.id}::uuid)`,
  );
}

/**
 * The page's ids of sales to a customer: what the provider says and what was linked, under this and every name merged into it. Each is
 * the beginning of an index range; one condition with OR would read and sort all that the customer ever bought.
 */
function salesOf(orgId: string, customer: string, wanted: Wanted): SQL {
  const t = alias(transactions, 't');
  const newest = (whose: SQL) => sql`(
    select ${t.transactionAt}, ${t.id} from ${transactions} t where ${and(eq(t.orgId, orgId), whose, within(t, wanted))}
    order by ${t.transactionAt} desc, ${t.id} desc limit ${wanted.limit})`;
  return sql`
    with it as (
      select coalesce(c.merged_into, c.id) as id from loyalty.customers c where c.org_id = ${orgId} and c.id = ${customer}
    ), known as (
      select it.id from it
      union all select c.id from it join loyalty.customers c on c.org_id = ${orgId} and c.merged_into = it.id
    )
    select sale.id from known cross join lateral (
      ${newest(sql`${t.customerId} = known.id`)} union all
      ${newest(sql`${t.linkedCustomerId} = known.id and ${t.customerId} is null`)}
    ) sale order by sale.transaction_at desc, sale.id desc limit ${wanted.limit}`;
}
