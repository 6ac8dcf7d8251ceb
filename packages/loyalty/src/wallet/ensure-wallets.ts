import type { TenantTransaction } from '@tributary/db/transaction';
import { openAccounts } from '@tributary/ledger/accounts';

export interface CustomerKey {
  provider: string;
  /** The provider's id of the customer. */
  externalId: string;
}

export interface WalletOfCustomer extends CustomerKey {
  customerId: string;
  walletId: string;
  accountId: string;
}

export const walletKey = ({ provider, externalId }: CustomerKey) => `${provider}:${externalId}`;

/** The wallets of these customers by `walletKey`; customers and wallets that are not there yet are made. */
export async function ensureWallets(tx: TenantTransaction, customers: readonly CustomerKey[]) {
  const wanted = [...new Map(customers.map((customer) => [walletKey(customer), customer])).entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, customer]) => customer);
  let wallets = await findWallets(tx, wanted);
  const missing = wanted.filter((customer) => !wallets.has(walletKey(customer)));
  if (missing.length > 0) {
    await createWallets(tx, missing);
    wallets = await findWallets(tx, wanted);
  }
  return wallets;
}

async function findWallets(
  tx: TenantTransaction,
  customers: readonly CustomerKey[],
): Promise<Map<string, WalletOfCustomer>> {
  if (customers.length === 0) return new Map();
  const rows = await tx.query<WalletOfCustomer>(
    `select c.provider, c.external_id as "externalId", c.id as "customerId", w.id as "walletId", w.account_id as "accountId"
     from unnest($2::text[], $3::text[]) as wanted (provider, external_id)
     join loyalty.customers c on c.org_id = $1 and c.provider = wanted.provider and c.external_id = wanted.external_id
     join loyalty.wallets w on w.org_id = $1 and w.customer_id = c.id`,
    [tx.orgId, customers.map(({ provider }) => provider), customers.map(({ externalId }) => externalId)],
  );
  return new Map(rows.map((row) => [walletKey(row), row]));
}

async function createWallets(tx: TenantTransaction, customers: readonly CustomerKey[]): Promise<void> {
  const parameters = [
    tx.orgId,
    customers.map(({ provider }) => provider),
    customers.map(({ externalId }) => externalId),
  ];
  await tx.query(
    `insert into loyalty.customers (org_id, provider, external_id)
     select $1, c.provider, c.external_id from unnest($2::text[], $3::text[]) as c (provider, external_id)
     order by c.provider, c.external_id on conflict (org_id, provider, external_id) do nothing`,
    parameters,
  );
  const found = await tx.query<{ id: string }>(
    `select c.id from unnest($2::text[], $3::text[]) as wanted (provider, external_id)
     join loyalty.customers c on c.org_id = $1 and c.provider = wanted.provider and c.external_id = wanted.external_id
     order by c.provider, c.external_id`,
    parameters,
  );
  const code = (customerId: string) => `wallet:${customerId}`;
  const accounts = await openAccounts(
    tx,
    found.map(({ id }) => ({ code: code(id), unit: 'points', kind: 'wallet', floor: 0 })),
  );
  await tx.query(
    `insert into loyalty.wallets (org_id, customer_id, account_id)
     select $1, w.customer_id, w.account_id from unnest($2::uuid[], $3::uuid[]) as w (customer_id, account_id)
     on conflict (org_id, customer_id) do nothing`,
    [tx.orgId, found.map(({ id }) => id), found.map(({ id }) => accounts.get(code(id)))],
  );
}
