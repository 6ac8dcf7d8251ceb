import { mayName } from './named-in.ts';

/** What is held of a subject, by kind, in the order in which it is told. */
export const kinds = [
  ...(['customer', 'wallet', 'sale', 'refund', 'pointsOfSale', 'entry', 'reward', 'adjustment'] as const),
  ...(['tierChange', 'alert', 'event', 'object', 'auditRecord'] as const),
];

interface Section {
  /** Names a row, and sorts the rows. */
  key: string;
  record: string;
  from: string;
  /** Whose words the row is in where it may be about others only: null when it is theirs for certain. */
  provider?: string;
}

const namesSale = `(r.provider || ' ' || (r.payload #>> '{payment,id}') = any ($5)
  or r.provider || ' ' || (r.payload #>> '{refund,payment_id}') = any ($5)
  or r.provider || ' ' || substr(r.payload ->> 'objectId', 3) = any ($5))`;

const ofWallet = (table: string): Section => ({
  key: 'r.id::text',
  record: 'to_jsonb(r)',
  from: `${table} r where r.org_id = $1 and r.wallet_id = any ($3)`,
});

/** $2: customers, $3: wallets, $5: sales, each with its provider before it; $4 and $6: see `mayName`. */
const queries: Readonly<Record<(typeof kinds)[number], Section>> = {
  customer: {
    key: 'r.id::text',
    record: `to_jsonb(r) || jsonb_build_object('identities', coalesce((
       select jsonb_agg(to_jsonb(i) - 'org_id' - 'customer_id' order by i.kind, i.provider, i.value)
       from loyalty.customer_identities i where i.org_id = $1 and i.customer_id = r.id), '[]'))`,
    from: 'loyalty.customers r where r.org_id = $1 and r.id = any ($2)',
  },
  wallet: {
    key: 'r.id::text',
    record: `to_jsonb(r) || jsonb_build_object('balances', coalesce((
       select jsonb_agg(a.balance) from ledger.accounts a where a.org_id = $1 and a.id in (r.account_id, r.pending_account_id)), '[]'))`,
    from: 'loyalty.wallets r where r.org_id = $1 and r.id = any ($3)',
  },
  sale: {
    key: 'r.id::text',
    record: `to_jsonb(r) - 'content_hash'`,
    from: 'loyalty.transactions r where r.org_id = $1 and (r.customer_id = any ($2) or r.linked_customer_id = any ($2))',
  },
  refund: {
    key: 'r.id::text',
    record: `to_jsonb(r) - 'content_hash'`,
    from: `loyalty.refunds r where r.org_id = $1 and exists (select from loyalty.transactions t
       where t.org_id = $1 and t.provider = r.provider and t.provider_transaction_id = r.provider_transaction_id
         and (t.customer_id = any ($2) or t.linked_customer_id = any ($2)))`,
  },
  pointsOfSale: ofWallet('loyalty.reward_events'),
  entry: {
    key: `r.account_id::text || lpad(r.version::text, 19, '0')`,
    record: `to_jsonb(r) || jsonb_build_object('kind', p.kind, 'effective_at', p.effective_at)`,
    from: `loyalty.wallets w join ledger.entries r on r.org_id = $1 and r.account_id in (w.account_id, w.pending_account_id)
     join ledger.postings p on p.org_id = $1 and p.id = r.posting_id where w.org_id = $1 and w.id = any ($3)`,
  },
  reward: ofWallet('loyalty.rewards'),
  adjustment: ofWallet('loyalty.adjustments'),
  tierChange: ofWallet('loyalty.tier_changes'),
  alert: ofWallet('loyalty.velocity_alerts'),
  event: {
    key: 'r.id::text',
    record: 'to_jsonb(r)',
    from: `inbox.events r where r.org_id = $1 and (${mayName('r.payload', '$4', '$6')} or ${namesSale})`,
    provider: `case when ${namesSale} then null else r.provider end`,
  },
  object: {
    key: `encode(sha256(convert_to(r.connection_id || r.resource || r.external_id, 'UTF8')), 'hex')`,
    record: `to_jsonb(r) - 'content_hash'`,
    from: `sync.objects r join sync.connections c on c.org_id = $1 and c.id = r.connection_id
     where r.org_id = $1 and ${mayName('r.body', '$4', '$6')}`,
    provider: 'c.provider',
  },
  auditRecord: {
    key: 'r.id::text',
    record: `to_jsonb(r) - 'ip' - 'user_agent'`,
    from: 'audit.records r where r.org_id = $1 and r.target_id = any ($2::uuid[] || $3::uuid[])',
  },
};

/** All sections as one relation `(section, key, record, provider)`. */
export const sections = kinds
  .map((kind, section) => {
    const { key, record, from, provider = 'null' } = queries[kind];
    return `select ${section} as section, (${key}) collate "C" as key, (${record}) - 'org_id' as record, (${provider})::text as provider from ${from}`;
  })
  .join('\nunion all\n');
