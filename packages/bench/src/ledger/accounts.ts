import type pg from 'pg';

/** Far below what any run could reach: the check is made and never refuses. */
const floor = -1_000_000_000_000;

/** An organization of its own with `count` accounts that are checked and locked when posted to. */
export async function openOurAccounts(superuser: pg.Client, count: number) {
  const { rows: organizations } = await superuser.query<{ id: string }>(
    `insert into identity.organizations (name) values ('bench') returning id`,
  );
  const orgId = organizations[0]?.id ?? '';
  const { rows } = await superuser.query<{ id: string }>(
    `insert into ledger.accounts (org_id, code, unit, kind, floor)
     select $1, 'wallet:' || gen_random_uuid(), 'points', 'wallet', $2 from generate_series(1, $3) returning id`,
    [orgId, floor, count],
  );
  return { orgId, accountIds: rows.map(({ id }) => id) };
}

/** `count` accounts of the baseline, which knows no organizations. */
export async function openBaselineAccounts(superuser: pg.Client, count: number) {
  const { rows } = await superuser.query<{ id: string }>(
    `insert into baseline.accounts (name, currency, allow_negative)
     select 'wallet:' || gen_random_uuid(), 'points', true from generate_series(1, $1) returning id`,
    [count],
  );
  return { orgId: '', accountIds: rows.map(({ id }) => id) };
}
