import type { PaymentFact } from '@tributary/core/facts';
import type { TenantTransaction } from '@tributary/db/transaction';
import { openAccounts } from '@tributary/ledger/accounts';

interface CustomerKey {
  provider: string;
  /** The provider's id of the customer. */
  externalId: string;
}

/** Ids of customers by provider and the provider's id. */
export type CustomerIds = ReadonlyMap<string, string>;

export const customerKey = ({ provider, externalId }: CustomerKey) => `${provider}:${externalId}`;

/** The customers of these payments, each with a wallet; those that are not there yet are made. */
export async function ensureCustomers(tx: TenantTransaction, payments: readonly PaymentFact[]): Promise<CustomerIds> {
  const wanted = distinctCustomers(payments);
  if (wanted.length === 0) return new Map();
  const known = await findCustomers(tx, wanted);
  const missing = wanted.filter((customer) => !known.has(customerKey(customer)));
  if (missing.length === 0) return known;
  await createCustomers(tx, missing);
  return findCustomers(tx, wanted);
}

/** In one order for all, so that batches that create the same customers wait for each other and never deadlock. */
function distinctCustomers(payments: readonly PaymentFact[]): CustomerKey[] {
  const customers = payments.flatMap(({ provider, customer }) =>
    customer?.externalId === undefined ? [] : [{ provider, externalId: customer.externalId }],
  );
  const byKey = new Map(customers.map((customer) => [customerKey(customer), customer]));
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, customer]) => customer);
}

const columnsOf = (customers: readonly CustomerKey[]) => [
  customers.map(({ provider }) => provider),
  customers.map(({ externalId }) => externalId),
];

async function findCustomers(tx: TenantTransaction, customers: readonly CustomerKey[]): Promise<CustomerIds> {
  const rows = await tx.query<CustomerKey & { id: string }>(
    `select c.provider, c.external_id as "externalId", c.id
     from unnest($2::text[], $3::text[]) as wanted (provider, external_id)
     join loyalty.customers c on c.org_id = $1 and c.provider = wanted.provider and c.external_id = wanted.external_id
     join loyalty.wallets w on w.org_id = $1 and w.customer_id = c.id`,
    [tx.orgId, ...columnsOf(customers)],
  );
  return new Map(rows.map((row) => [customerKey(row), row.id]));
}

async function createCustomers(tx: TenantTransaction, customers: readonly CustomerKey[]): Promise<void> {
  const parameters = [tx.orgId, ...columnsOf(customers)];
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
