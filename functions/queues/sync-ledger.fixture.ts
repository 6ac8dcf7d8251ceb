import type { Fact } from '@tributary/core/facts';
import { type TenantTransaction, withTenant } from '@tributary/db/transaction';
import type { PendingEvent } from '@tributary/inbox/registry';
import { explode as explodeClover } from '@tributary/providers/clover/explode';
import { resolve as resolveClover } from '@tributary/providers/clover/resolve';
import { explode as explodeSquare } from '@tributary/providers/square/explode';
import { resolve as resolveSquare } from '@tributary/providers/square/resolve';
import type { TestDatabase } from '@tributary/testing/database';
import { createApplyFacts } from '../runtime/registry.ts';
import { createDirectCall, openBooks } from './sync.fixture.ts';
import type { History } from './sync-history.fixture.ts';

/** What a ledger says, in words that are the same wherever it was computed: ids are drawn anew each time, so names stand for them. */
export interface Books {
  /** By sale: what was paid and refunded, as it was told last, and the points that each customer has for it. */
  sales: ReadonlyMap<string, string>;
  /** Of every customer. */
  balances: string;
}

export async function readBooks(tx: TenantTransaction): Promise<Books> {
  const rows = await tx.query<{ sale: string; said: string }>(saidSql, [tx.orgId]);
  const sales = new Map<string, string>();
  for (const { sale, said } of rows) sales.set(sale, `${sales.get(sale) ?? ''}${said}\n`);
  return { sales, balances: JSON.stringify(await tx.query(balancesSql, [tx.orgId])) };
}

const saidSql = `select said.sale, said.what::text as said from (
    select t.provider_transaction_id as sale, 1 as part, jsonb_build_array(t.provider, t.status, t.amount_minor, t.tip_minor, t.tax_minor,
      t.refunded_minor, t.currency, t.customer_ref, t.line_items, t.transaction_at, t.provider_version, encode(t.content_hash, 'hex')) as what
    from loyalty.transactions t where t.org_id = $1
    union all
    select r.provider_transaction_id, 2, jsonb_build_array(r.provider_refund_id, r.status, r.amount_minor, r.currency, r.provider_version)
    from loyalty.refunds r where r.org_id = $1
    union all
    select t.provider_transaction_id, 3, jsonb_build_array(c.value, e.kind, sum(e.points))
    from loyalty.reward_events e join loyalty.transactions t on t.org_id = e.org_id and t.id = e.transaction_id
    join loyalty.wallets w on w.org_id = e.org_id and w.id = e.wallet_id
    join loyalty.customer_identities c on c.org_id = e.org_id and c.customer_id = w.customer_id and c.kind = 'external'
    where e.org_id = $1 group by t.provider_transaction_id, c.value, e.kind having sum(e.points) <> 0
  ) said order by 1, said.part, 2`;

const balancesSql = `select c.value, a.balance::text from loyalty.wallets w
  join ledger.accounts a on a.org_id = w.org_id and a.id = w.account_id
  join loyalty.customer_identities c on c.org_id = w.org_id and c.customer_id = w.customer_id and c.kind = 'external'
  where w.org_id = $1 and a.balance <> 0 order by 1`;

export const adapters = {
  square: { explode: explodeSquare, resolve: resolveSquare },
  clover: { explode: explodeClover, resolve: resolveClover },
};

/** The books of somebody who heard every webhook of these histories once and in order. */
export async function booksOfFeed(database: TestDatabase, histories: readonly History[]): Promise<Books> {
  const facts: Fact[] = [];
  for (const { account, deliveries } of histories) {
    const { explode, resolve } = adapters[account.provider];
    const call = createDirectCall(account);
    for (const event of deliveries.flatMap((body) => explode(body)))
      facts.push(...(await resolve(event as unknown as PendingEvent, call)));
  }
  const orgId = await openBooks(database);
  const applyFacts = createApplyFacts(histories[0]?.clock.now ?? (() => new Date()));
  return withTenant({ database: database.worker, orgId }, async (tx) => {
    await applyFacts(tx, [{ connectionId: orgId, facts }]);
    return readBooks(tx);
  });
}
