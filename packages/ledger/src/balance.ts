import type { TenantTransaction } from '@tributary/db/transaction';

export interface Balance {
  /** Σ of all that was posted. */
  posted: number;
  /** What open holds will take. */
  pendingDebits: number;
  /** What open holds will add. */
  pendingCredits: number;
  /** May be spent: posted without pending debits. */
  available: number;
}

/** The balance of an account now; null for one that does not exist. Of a recording account what was folded and what came since. */
export async function balanceNow(tx: TenantTransaction, accountId: string): Promise<Balance | null> {
  const [row] = await tx.query<Omit<Balance, 'available'>>(
    `select a.balance + case a.mode when 'authorizing' then 0
         else (select coalesce(sum(r.amount), 0) from ledger.unfolded($1, $2) r) end::bigint as posted,
       a.pending_debits as "pendingDebits", a.pending_credits as "pendingCredits"
     from ledger.accounts a where a.org_id = $1 and a.id = $2`,
    [tx.orgId, accountId],
  );
  return row ? { ...row, available: row.posted - row.pendingDebits } : null;
}

/** The balance as it was recorded at a time: a few probes of one index. Zero before the first entry. */
export async function balanceAt(tx: TenantTransaction, accountId: string, at: Date): Promise<number> {
  const [row] = await tx.query<{ balance: number }>('select ledger.balance_at($1, $2, $3) as balance', [
    tx.orgId,
    accountId,
    at,
  ]);
  return (row as { balance: number }).balance;
}

export interface StatementLine {
  version: number;
  amount: number;
  balanceAfter: number;
  postingId: string;
  kind: string;
  effectiveAt: Date;
  recordedAt: Date;
}

export interface Statement {
  /** The balance before the period. */
  opening: number;
  /** The balance at its end. */
  closing: number;
  /** A page of the entries recorded in the period, the oldest first. The next begins after the last `version`. */
  lines: StatementLine[];
}

export interface StatementRequest {
  accountId: string;
  /** Entries recorded after `from` and up to `to`. */
  from: Date;
  to: Date;
  limit: number;
  /** Continues behind the entry of this version. */
  after?: number;
}

/** What happened on an authorizing account in a period: one range of one index, one statement. */
export async function statement(
  tx: TenantTransaction,
  { accountId, from, to, limit, after }: StatementRequest,
): Promise<Statement> {
  const rows = await tx.query<
    { opening: number; closing: number } & { [K in keyof StatementLine]: StatementLine[K] | null }
  >(
    `with period as materialized (
       select ledger.version_at($1, $2, $3) as before, ledger.version_at($1, $2, $4) as last
     ), edges as (
       select p.*, coalesce((select e.balance_after from ledger.entries e where e.org_id = $1 and e.account_id = $2 and e.version = p.before), 0) as opening,
         coalesce((select e.balance_after from ledger.entries e where e.org_id = $1 and e.account_id = $2 and e.version = p.last), 0) as closing
       from period p
     )
     select b.opening, b.closing, l.* from edges b left join lateral (
       select e.version, e.amount, e.balance_after as "balanceAfter", e.posting_id as "postingId", p.kind,
         p.effective_at as "effectiveAt", p.recorded_at as "recordedAt"
       from ledger.entries e join ledger.postings p on p.org_id = $1 and p.id = e.posting_id
       where e.org_id = $1 and e.account_id = $2 and e.version > greatest(b.before, $5::bigint) and e.version <= b.last
       order by e.version limit $6
     ) l on true order by l.version`,
    [tx.orgId, accountId, from, to, after ?? 0, limit],
  );
  const [{ opening, closing } = { opening: 0, closing: 0 }] = rows;
  const lines = rows.flatMap(({ opening: _, closing: __, ...line }) =>
    line.version === null ? [] : [line as StatementLine],
  );
  return { opening, closing, lines };
}
