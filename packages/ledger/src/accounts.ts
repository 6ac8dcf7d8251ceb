import type { TenantTransaction } from '@tributary/db/transaction';

export interface AccountSpec {
  /** Names the account in the organization: `liability:points`, `wallet:{uuid}`. */
  code: string;
  /** What the balance counts: `points`, or an ISO 4217 code in minor units. */
  unit: string;
  kind: 'asset' | 'liability' | 'wallet';
  /** The balance never falls below it. Without one it may go anywhere. */
  floor?: number;
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
    `insert into ledger.accounts (org_id, code, unit, kind, floor, mode)
     select $1, a.code, a.unit, a.kind, a.floor, a.mode
     from unnest($2::text[], $3::text[], $4::text[], $5::bigint[], $6::text[]) as a (code, unit, kind, floor, mode)
     order by a.code on conflict (org_id, code) do nothing`,
    [
      tx.orgId,
      missing.map(({ code }) => code),
      missing.map(({ unit }) => unit),
      missing.map(({ kind }) => kind),
      missing.map(({ floor }) => floor ?? null),
      missing.map(({ mode }) => mode ?? 'authorizing'),
    ],
  );
  return idsOf(tx, codes);
}

async function idsOf(tx: TenantTransaction, codes: readonly string[]): Promise<Map<string, string>> {
  const rows = await tx.query<{ code: string; id: string }>(
    'select code, id from ledger.accounts where org_id = $1 and code = any ($2)',
    [tx.orgId, codes],
  );
  return new Map(rows.map(({ code, id }) => [code, id]));
}
