import { recomputeDirty } from '@tributary/affiliate/rollup/recompute-dirty';
import type pg from 'pg';

/** How much there is: each organization has five accounts, each of them twenty grains a day. */
export interface Load {
  organizations: number;
  days: number;
}

export const whole: Load = { organizations: 200, days: 250 };
export const small: Load = { organizations: 20, days: 50 };

const brands = ['everflow', 'impact', 'awin', 'netrefer', 'dub'];
export const firstDay = '2026-01-01';

/** Days that one step of the roll-up computes, as in production. */
const daysPerStep = 31;

const accounts = `with organization as (
    insert into identity.organizations (name, base_currency) select 'agency ' || n, 'EUR' from generate_series(1, $2::int) n returning id
  ), brand as (
    insert into ref.brands (slug, name, adapter_key, auth_type, window_days, status)
    select slug, slug, slug, 'api_key', 31, 'active' from unnest($1::text[]) slug returning slug
  ), connection as (
    insert into sync.connections (org_id, provider, account_ref) select o.id, b.slug, gen_random_uuid()::text from organization o, brand b
    returning org_id, id, provider
  )
  insert into affiliate.accounts (org_id, connection_id, brand, time_zone, currency) select org_id, id, provider, 'UTC', 'EUR' from connection`;

// A day of all accounts after the other, as they come: what one organization has is spread over the table.
const facts = `insert into affiliate.stats_daily (org_id, connection_id, day, campaign, source, sub_id, brand, clicks, signups, ftd_count,
    deposits_minor, ggr_minor, ngr_minor, commission_minor, currency, base_currency, base_deposits_minor, base_ggr_minor, base_ngr_minor,
    base_commission_minor, rate, rate_day, rate_source)
  select a.org_id, a.connection_id, d.day, a.brand || ' campaign ' || n % 5, 'source ' || n % 4, 'sub ' || n % 10, a.brand,
    100 + n, 10, 2, 5000, 900 - n, 700, 300 + n, 'EUR', 'EUR', 5000, 900 - n, 700, 300 + n, 1, d.day, 'par'
  from (select $1::date + at as day from generate_series($2::int, $3::int) at) d, affiliate.accounts a, generate_series(0, 19) n
  order by d.day, a.org_id, a.connection_id`;

/** Facts, and the roll-ups of them by the way they are made in production. @returns the ids of the organizations */
export async function load(superuser: pg.Client, { organizations, days }: Load, log: (line: string) => void) {
  await superuser.query(accounts, [brands, organizations]);
  for (let from = 0; from < days; from += 25) {
    await superuser.query(facts, [firstDay, from, Math.min(days, from + 25) - 1]);
  }
  await superuser.query(
    `insert into affiliate.dirty_days (org_id, day) select o.id, $1::date + at from identity.organizations o, generate_series(0, $2::int - 1) at`,
    [firstDay, days],
  );
  log(`${organizations * days * brands.length * 20} facts`);
  await superuser.query('vacuum analyze affiliate.stats_daily');
  const { rows } = await superuser.query<{ id: string }>('select id from identity.organizations order by id');
  for (let step = 0; step * daysPerStep < days; step += 1) {
    for (const { id } of rows) await recomputeDirty(asTenant(superuser, id), { atMost: daysPerStep });
  }
  await superuser.query(
    'vacuum analyze affiliate.rollups, affiliate.accounts, affiliate.dirty_days, identity.organizations, ref.brands',
  );
  const found = await superuser.query<{ count: string }>('select count(*) from affiliate.rollups');
  log(`${found.rows[0]?.count} roll-ups`);
  return rows.map(({ id }) => id);
}

function asTenant(client: pg.Client, orgId: string) {
  return {
    orgId,
    query: async <Row extends object>(text: string, values: readonly unknown[] = []) =>
      (await client.query(text, [...values])).rows as Row[],
  };
}
