import type { TenantTransaction } from '@tributary/db/transaction';

export interface AccountSpec {
  /** Names the account in the organization: `liability:points`, `wallet:{uuid}`. */
  code: string;
  /** What the balance counts: `points`, or an ISO 4217 code in minor units. */
  unit: string;
  kind: 'asset' | 'liability' | 'wallet' | 'clearing';
  /** What may be spent (the balance without what is held) never falls below it. Without one it may go anywhere. */
  floor?: number;
  /** The balance with what is held for it never rises above it. */
  ceiling?: number;
  /** Every credit is a lot with dates of its own. */
  keepsLots?: boolean;
  /** Of a clearing account: an interval (ISO 8601, `P3D`) within which it must come back to zero. */
  clearsWithin?: string;
  /** `recording` accounts are only added to, without a lock, and bounded by nothing: for what everybody posts against. */
  mode?: 'authorizing' | 'recording';
}

/** Opens accounts that are not there yet. Answers the id of each code. */
export async function openAccounts(tx: TenantTransaction, specs: readonly AccountSpec[]): Promise<Map<string, string>> {
  const codes = [...new Set(specs.map(({ code }) => code))];
  const known = await idsOf(tx, codes);
  const missing = specs.filter(({ code }) => !known.has(code));
  if (missing.length === 0) return known;
  await tx.query(
    `insert into ledger.accounts (org_id, code, unit, kind, floor, ceiling, mode, keeps_lots, clears_within)
     select $1, a.*
     from unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::boolean[], $9::interval[]) as a (code)
     order by a.code on conflict (org_id, code) do nothing`,
    [
      tx.orgId,
      missing.map(({ code }) => code),
      missing.map(({ unit }) => unit),
      missing.map(({ kind }) => kind),
      missing.map(({ floor }) => floor ?? null),
      missing.map(({ ceiling }) => ceiling ?? null),
      missing.map(({ mode }) => mode ?? 'authorizing'),
      missing.map(({ keepsLots }) => keepsLots ?? false),
      missing.map(({ clearsWithin }) => clearsWithin ?? null),
    ],
  );
  return idsOf(tx, codes);
}

/** What an account may spend, while it is locked. */
export interface LockedAccount {
  id: string;
  balance: number;
  /** The balance without what open holds will take. */
  available: number;
}

/**
 * Locks authorizing accounts until the transaction ends, all at once and in one order for everybody. A transaction that decides by a
 * balance and then posts locks every account of its postings here, first.
 */
export async function lockAccounts(tx: TenantTransaction, ids: readonly string[]): Promise<Map<string, LockedAccount>> {
  const rows = await tx.query<LockedAccount>('select id, balance, available from ledger.lock_accounts($1, $2)', [
    tx.orgId,
    ids,
  ]);
  return new Map(rows.map((row) => [row.id, row]));
}

async function idsOf(tx: TenantTransaction, codes: readonly string[]): Promise<Map<string, string>> {
  const rows = await tx.query<{ code: string; id: string }>(
    'select code, id from ledger.accounts where org_id = $1 and code = any ($2)',
    [tx.orgId, codes],
  );
  return new Map(rows.map(({ code, id }) => [code, id]));
}
