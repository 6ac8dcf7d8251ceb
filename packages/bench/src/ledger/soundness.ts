import type pg from 'pg';

/** What an organization was told is posted, by its id. */
export type PostedByOrganization = ReadonlyMap<string, number>;

interface Findings {
  owner: string;
  postings: number;
  entries: number;
  /** Of all balances: every transfer takes from one account what it gives to another. */
  sum: number;
  /** Accounts whose balance or version is not that of their entries. */
  wrong_accounts: number;
  /** Entries whose version does not follow the one before, or whose running balance does not. */
  wrong_entries: number;
}

const ours = `
  with entry as (
    select e.org_id, e.account_id, e.amount,
      e.version <> row_number() over running or e.balance_after <> sum(e.amount) over running as wrong
    from ledger.entries e window running as (partition by e.org_id, e.account_id order by e.version)
  ), history as (
    select org_id, account_id, count(*) as entries, sum(amount) as balance, count(*) filter (where wrong) as wrong
    from entry group by org_id, account_id
  ), posting as (
    select org_id, count(*) as postings from ledger.postings group by org_id
  )
  select a.org_id as owner, coalesce(max(p.postings), 0)::int as postings, coalesce(sum(h.entries), 0)::int as entries,
    sum(a.balance)::int as sum, coalesce(sum(h.wrong), 0)::int as wrong_entries,
    (count(*) filter (where a.balance <> coalesce(h.balance, 0) or a.version <> coalesce(h.entries, 0)))::int as wrong_accounts
  from ledger.accounts a
  left join history h on h.org_id = a.org_id and h.account_id = a.id
  left join posting p on p.org_id = a.org_id
  group by a.org_id`;

const baseline = `
  with entry as (
    select e.account_id, e.amount,
      e.account_version <> row_number() over running or e.account_current_balance <> sum(e.amount) over running
        or e.account_previous_balance <> e.account_current_balance - e.amount as wrong
    from baseline.entries e window running as (partition by e.account_id order by e.account_version)
  ), history as (
    select account_id, count(*) as entries, sum(amount) as balance, count(*) filter (where wrong) as wrong
    from entry group by account_id
  )
  select '' as owner, (select count(*) from baseline.transfers)::int as postings, coalesce(sum(h.entries), 0)::int as entries,
    coalesce(sum(a.balance), 0)::int as sum, coalesce(sum(h.wrong), 0)::int as wrong_entries,
    (count(*) filter (where a.balance <> coalesce(h.balance, 0) or a.version <> coalesce(h.entries, 0)))::int as wrong_accounts
  from baseline.accounts a left join history h on h.account_id = a.id`;

/** @throws Error when the ledger does not hold exactly what was posted, in order and in balance. */
export async function assertOursSound(superuser: pg.Client, posted: PostedByOrganization): Promise<void> {
  const { rows } = await superuser.query<Findings>(ours);
  const found = new Map(rows.map((row) => [row.owner, row]));
  for (const [orgId, count] of posted) assertSound('ours', found.get(orgId), count);
}

/** @throws Error, as for ours. */
export async function assertBaselineSound(superuser: pg.Client, posted: number): Promise<void> {
  const { rows } = await superuser.query<Findings>(baseline);
  assertSound('the baseline', rows[0], posted);
}

function assertSound(whose: string, found: Findings | undefined, posted: number): void {
  const { owner: _, ...counts } = found ?? { owner: '' };
  const wanted = { postings: posted, entries: 2 * posted, sum: 0, wrong_accounts: 0, wrong_entries: 0 };
  const differing = Object.entries(wanted).filter(([name, count]) => counts[name as keyof typeof counts] !== count);
  if (differing.length > 0) {
    throw new Error(
      `the books of ${whose} are broken after ${posted} transfers: ${differing.map(([name]) => name)} in ${JSON.stringify(counts)}`,
    );
  }
}
