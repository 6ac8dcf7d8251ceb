import type { Database } from '@tributary/db/connection';
import { systemStatement } from '@tributary/db/transaction';

/** A row of the catalogue, as the descriptor of a network says. */
export interface Brand {
  slug: string;
  name: string;
  adapterKey: string;
  authType: 'api_key' | 'bearer' | 'basic' | 'login' | 'upload';
  baseUrl: string | null;
  rateLimit: { calls: number; seconds: number; scope: string } | null;
  windowDays: number;
  status: 'active' | 'beta';
  limitations: readonly string[];
}

/**
 * Makes the catalogue say what these brands say, and of every other one that it is deprecated: what was imported from it stays.
 * @returns how many rows that changed
 */
export async function seedBrands(system: Database, brands: readonly Brand[]): Promise<number> {
  const [answer] = await systemStatement<{ changed: string }>(system, statement, [JSON.stringify(brands)]);
  return Number(answer?.changed ?? 0);
}

const statement = `
  with listed as (
    select slug, name, "adapterKey" as adapter_key, "authType" as auth_type, "baseUrl" as base_url,
      "rateLimit" as rate_limit, "windowDays" as window_days, status,
      array(select said from jsonb_array_elements_text(limitations) with ordinality as l (said, place) order by place) as limitations
    from jsonb_to_recordset($1::jsonb) as brand (slug text, name text, "adapterKey" text, "authType" text, "baseUrl" text,
      "rateLimit" jsonb, "windowDays" int, status text, limitations jsonb)
  ), written as (
    insert into ref.brands as b (slug, name, adapter_key, auth_type, base_url, rate_limit, window_days, status, limitations)
    select slug, name, adapter_key, auth_type, base_url, rate_limit, window_days, status, limitations from listed
    on conflict (slug) do update set name = excluded.name, adapter_key = excluded.adapter_key, auth_type = excluded.auth_type,
      base_url = excluded.base_url, rate_limit = excluded.rate_limit, window_days = excluded.window_days,
      status = excluded.status, limitations = excluded.limitations, updated_at = now()
    where (b.name, b.adapter_key, b.auth_type, b.base_url, b.rate_limit, b.window_days, b.status, b.limitations)
      is distinct from (excluded.name, excluded.adapter_key, excluded.auth_type, excluded.base_url, excluded.rate_limit,
        excluded.window_days, excluded.status, excluded.limitations)
    returning 1
  ), ended as (
    update ref.brands b set status = 'deprecated', updated_at = now()
    where b.status <> 'deprecated' and not exists (select from listed l where l.slug = b.slug)
    returning 1
  )
  select (select count(*) from written) + (select count(*) from ended) as changed`;
