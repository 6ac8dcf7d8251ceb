import { amount, instant, orgId } from '@tributary/db/columns';
import type { Reader } from '@tributary/db/read';
import { and, eq, sql } from 'drizzle-orm';
import { pgSchema, text, uuid } from 'drizzle-orm/pg-core';
import { loyalty } from '../rule/rule.sql.ts';
import { wallets } from '../wallet/wallet.sql.ts';

// What a consumer is shown beside the wallet itself. The columns are those the login for consumers may select.
export const merchants = pgSchema('identity').table('organizations', {
  id: uuid('id').notNull().default(sql`uuidv7()`),
  name: text('name').notNull(),
});

export const walletLots = pgSchema('ledger').table('lots', {
  orgId: orgId(),
  accountId: uuid('account_id').notNull(),
  remaining: amount('remaining').notNull(),
  expiresAt: instant('expires_at'),
});

const customerIdentities = loyalty.table('customer_identities', {
  orgId: orgId(),
  customerId: uuid('customer_id').notNull(),
});

/**
 * The customers whom a consumer is, at whichever organization, and the join to their wallets. The policies say the same of every row;
 * here it is where a plan begins. DISTINCT makes it one: a plain join or IN may be turned around, to look through all names there are.
 */
export function ownCustomers(reader: Reader) {
  const { orgId, customerId } = customerIdentities;
  const own = reader.selectDistinct({ orgId, customerId }).from(customerIdentities).as('own');
  return { own, itsWallet: and(eq(wallets.orgId, own.orgId), eq(wallets.customerId, own.customerId)) };
}
