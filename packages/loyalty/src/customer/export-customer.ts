import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { type TenantContext, type TenantTransaction, withTenant } from '@tributary/db/transaction';
import * as z from 'zod';

const kinds = [
  ...(['customer', 'wallet', 'sale', 'refund', 'pointsOfSale', 'entry', 'reward', 'adjustment'] as const),
  ...(['tierChange', 'alert', 'event', 'object', 'auditRecord'] as const),
];

export const exportedItem = z
  .strictObject({
    kind: z.enum(kinds),
    record: z.record(z.string(), z.json()).describe('The row as it is kept; ids are UUIDs. New fields may come.'),
  })
  .meta({ id: 'ExportedItem', description: 'One thing that is held about a subject.' });

export type ExportedItem = z.infer<typeof exportedItem>;

/** Behind the item of that section with that key. */
export const exportPosition = z.tuple([z.int(), z.string().max(80)]);

const exportCustomerInput = z.strictObject({
  customerId: z.string(),
  limit: z.int().positive(),
  after: exportPosition.optional(),
});

/**
 * All that is held about a subject, a customer with all who were merged into them, one item after the other: at most `limit`, each with
 * the position a next page continues from. @throws AppError `not_found`
 */
export const exportCustomer = verb(
  exportCustomerInput,
  (
    context: TenantContext,
    { customerId, limit, after },
  ): Promise<{ item: ExportedItem; position: [number, string] }[]> =>
    withTenant(context, async (tx) => {
      const who = await readGroup(tx, readId('customer', customerId));
      const rows = await tx.query<{ section: number; key: string; record: object }>(
        `select section, key, record from (${sections}) held
         where (section, key) > ($6::int, $7::text collate "C") order by section, key limit $8`,
        [tx.orgId, who.customerIds, who.walletIds, who.values, who.saleIds, ...(after ?? [-1, '']), limit],
      );
      return rows.map(({ section, key, record }) => ({
        item: { kind: kinds[section] as ExportedItem['kind'], record: camelCased(record) as ExportedItem['record'] },
        position: [section, key],
      }));
    }),
);

interface Group {
  customerIds: string[];
  walletIds: string[];
  /** What they are known by, in lower case. */
  values: string[];
  /** The providers' ids of their sales. */
  saleIds: string[];
}

async function readGroup(tx: TenantTransaction, customerId: string): Promise<Group> {
  const [group] = await tx.query<Group>(
    `with root as (
       select coalesce(c.merged_into, c.id) as id from loyalty.customers c where c.org_id = $1 and c.id = $2
     ), own as materialized (
       select c.id from root join loyalty.customers c on c.org_id = $1 and (c.id = root.id or c.merged_into = root.id)
     )
     select array_agg(own.id) as "customerIds",
       array(select w.id from own o join loyalty.wallets w on w.org_id = $1 and w.customer_id = o.id) as "walletIds",
       array(select lower(i.value) from own o join loyalty.customer_identities i on i.org_id = $1 and i.customer_id = o.id) as values,
       array(select t.provider_transaction_id from own o join loyalty.transactions t
         on t.org_id = $1 and (t.customer_id = o.id or t.linked_customer_id = o.id)) as "saleIds"
     from own having count(*) > 0`,
    [tx.orgId, customerId],
  );
  if (!group) throw new AppError('not_found', 'No such object.');
  return group;
}

/** By section, in the order of `kinds`: the key of each row and the row. $2: customers, $3: wallets, $4: names, $5: sales. */
const queries: Readonly<Record<ExportedItem['kind'], [key: string, record: string, from: string]>> = {
  customer: [
    'r.id::text',
    `to_jsonb(r) || jsonb_build_object('identities', coalesce((
       select jsonb_agg(to_jsonb(i) - 'org_id' - 'customer_id' order by i.kind, i.provider, i.value)
       from loyalty.customer_identities i where i.org_id = $1 and i.customer_id = r.id), '[]'))`,
    'loyalty.customers r where r.org_id = $1 and r.id = any ($2)',
  ],
  wallet: [
    'r.id::text',
    `to_jsonb(r) || jsonb_build_object('balances', coalesce((
       select jsonb_agg(a.balance) from ledger.accounts a where a.org_id = $1 and a.id in (r.account_id, r.pending_account_id)), '[]'))`,
    'loyalty.wallets r where r.org_id = $1 and r.id = any ($3)',
  ],
  sale: [
    'r.id::text',
    `to_jsonb(r) - 'content_hash'`,
    'loyalty.transactions r where r.org_id = $1 and (r.customer_id = any ($2) or r.linked_customer_id = any ($2))',
  ],
  refund: [
    'r.id::text',
    `to_jsonb(r) - 'content_hash'`,
    `loyalty.refunds r where r.org_id = $1 and exists (select from loyalty.transactions t
       where t.org_id = $1 and t.provider = r.provider and t.provider_transaction_id = r.provider_transaction_id
         and (t.customer_id = any ($2) or t.linked_customer_id = any ($2)))`,
  ],
  pointsOfSale: ['r.id::text', 'to_jsonb(r)', 'loyalty.reward_events r where r.org_id = $1 and r.wallet_id = any ($3)'],
  entry: [
    `r.account_id::text || lpad(r.version::text, 19, '0')`,
    `to_jsonb(r) || jsonb_build_object('kind', p.kind, 'effective_at', p.effective_at)`,
    `loyalty.wallets w join ledger.entries r on r.org_id = $1 and r.account_id in (w.account_id, w.pending_account_id)
     join ledger.postings p on p.org_id = $1 and p.id = r.posting_id where w.org_id = $1 and w.id = any ($3)`,
  ],
  reward: ['r.id::text', 'to_jsonb(r)', 'loyalty.rewards r where r.org_id = $1 and r.wallet_id = any ($3)'],
  adjustment: ['r.id::text', 'to_jsonb(r)', 'loyalty.adjustments r where r.org_id = $1 and r.wallet_id = any ($3)'],
  tierChange: ['r.id::text', 'to_jsonb(r)', 'loyalty.tier_changes r where r.org_id = $1 and r.wallet_id = any ($3)'],
  alert: ['r.id::text', 'to_jsonb(r)', 'loyalty.velocity_alerts r where r.org_id = $1 and r.wallet_id = any ($3)'],
  event: [
    'r.id::text',
    'to_jsonb(r)',
    `inbox.events r where r.org_id = $1 and (
       exists (select from unnest($4::text[]) name where strpos(lower(r.payload::text), name) > 0)
       or r.payload #>> '{payment,id}' = any ($5) or r.payload #>> '{refund,payment_id}' = any ($5)
       or substr(r.payload ->> 'objectId', 3) = any ($5))`,
  ],
  object: [
    `encode(sha256(convert_to(r.connection_id || r.resource || r.external_id, 'UTF8')), 'hex')`,
    `to_jsonb(r) - 'content_hash'`,
    `sync.objects r where r.org_id = $1 and exists (
       select from unnest($4::text[]) name where strpos(lower(r.body::text), name) > 0)`,
  ],
  auditRecord: [
    'r.id::text',
    `to_jsonb(r) - 'ip' - 'user_agent'`,
    `audit.records r where r.org_id = $1 and r.target_id = any ($2::uuid[] || $3::uuid[])`,
  ],
};

const sections = kinds
  .map((kind, section) => {
    const [key, record, from] = queries[kind];
    return `select ${section} as section, (${key}) collate "C" as key, (${record}) - 'org_id' as record from ${from}`;
  })
  .join('\nunion all\n');

const camelCased = (record: object) =>
  Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name.replace(/_(\w)/g, (_, letter) => letter.toUpperCase()), value]),
  );
