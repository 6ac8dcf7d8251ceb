import type { Check } from './checks.ts';
import { consumerLogin, names } from './relations.ts';

const isContact = (kind: 'email' | 'mobile') =>
  `((kind = '${kind}'::text) AND (value = ( SELECT NULLIF(current_setting('app.consumer_${kind}'::text, true), ''::text) AS "nullif")))`;

const isOfWallet = (table: string) =>
  `(EXISTS ( SELECT FROM loyalty.wallets w WHERE ((w.org_id = ${table}.org_id) AND (w.account_id = ${table}.account_id))))`;

interface Shown {
  /** Which rows are a consumer's own, as PostgreSQL prints it. */
  own: string;
  /** What of them is shown, or leads from one table to the next. */
  columns: readonly string[];
}

/** All that is open to consumers. Each condition but the first asks for a row of another of these tables. */
export const openToConsumers: Readonly<Record<string, Shown>> = {
  'loyalty.customer_identities': {
    own: `(${isContact('email')} OR ${isContact('mobile')})`,
    columns: ['org_id', 'customer_id'],
  },
  'identity.organizations': {
    own: '(id IN ( SELECT i.org_id FROM loyalty.customer_identities i))',
    columns: ['id', 'name'],
  },
  'loyalty.wallets': {
    own: '((org_id, customer_id) IN ( SELECT i.org_id, i.customer_id FROM loyalty.customer_identities i))',
    columns: ['org_id', 'id', 'customer_id', 'account_id', 'pending_account_id', 'status', 'tier'],
  },
  'ledger.accounts': {
    own: '(EXISTS ( SELECT FROM loyalty.wallets w WHERE ((w.org_id = accounts.org_id) AND ((w.account_id = accounts.id) OR (w.pending_account_id = accounts.id)))))',
    columns: ['org_id', 'id', 'balance', 'pending_debits'],
  },
  'ledger.entries': {
    own: isOfWallet('entries'),
    columns: ['org_id', 'account_id', 'version', 'posting_id', 'amount', 'balance_after'],
  },
  'ledger.postings': {
    own: '(EXISTS ( SELECT FROM ledger.entries e WHERE ((e.org_id = postings.org_id) AND (e.posting_id = postings.id))))',
    columns: ['org_id', 'id', 'kind', 'effective_at'],
  },
  'ledger.lots': { own: isOfWallet('lots'), columns: ['org_id', 'account_id', 'remaining', 'expires_at'] },
};

const openColumns = Object.entries(openToConsumers)
  .flatMap(([table, { columns }]) => columns.map((column) => `('${table}', '${column}')`))
  .join(', ');

/** Consumers count against limits as everybody does: the function tells of a bucket how full it is, to who can name it. */
const openFunctions = ['edge.take_tokens'];

/** What somebody who buys may do. */
export const consumerChecks: readonly Check[] = [
  {
    id: 'C14',
    rule: 'Consumers select the columns that are open to them, call the functions that are, and do nothing else.',
    sql: `select r.name as object, privilege || coalesce(' (' || column_name || ')', '') || ' granted to consumers' as problem
      from relation r join held h using (oid)
      where holder = '${consumerLogin}' and (privilege <> 'SELECT' or column_name is null
        or (r.name, column_name::text) not in (select * from (values ${openColumns}) as open (table_name, column_name)))
      union all
      select p.oid::regprocedure::text, 'EXECUTE granted to consumers'
      from pg_proc p join app_schema n on n.oid = p.pronamespace, aclexplode(p.proacl) a
      where a.grantee = to_regrole('${consumerLogin}')::oid
        and n.nspname || '.' || p.proname <> all (${names(openFunctions)})`,
  },
];
