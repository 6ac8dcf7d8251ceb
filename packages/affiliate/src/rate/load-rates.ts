import type { Database } from '@tributary/db/connection';
import { systemStatement } from '@tributary/db/transaction';
import { rateSource } from './base-amounts.ts';
import type { PublishedRate } from './read-ecb-file.ts';

/**
 * Keeps rates as they were first published: of a day and currency that is known nothing changes, since amounts stand that were
 * converted by it. The euro is 1 on every day there are rates of. What comes later is loaded later, whatever the clock does: by
 * that it is known what is yet to be converted. As the system login. @returns how many were new
 */
export async function loadRates(system: Database, rates: readonly PublishedRate[], now: Date): Promise<number> {
  const days = [...new Set(rates.map(({ day }) => day))];
  const all = [...rates, ...days.map((day) => ({ day, currency: 'EUR', rate: '1' }))];
  const [loaded] = await systemStatement<{ rates: number }>(
    system,
    `with loaded as (
       insert into ref.exchange_rates (source, currency, day, rate, loaded_at)
       select $1, r.currency, r.day, r.rate, greatest($5, (select max(loaded_at) from ref.exchange_rates) + interval '1 microsecond')
       from unnest($2::text[], $3::date[], $4::numeric[]) r (currency, day, rate)
       on conflict (source, currency, day) do nothing returning 1
     )
     select count(*) as rates from loaded`,
    [rateSource, all.map(({ currency }) => currency), all.map(({ day }) => day), all.map(({ rate }) => rate), now],
  );
  return loaded?.rates ?? 0;
}

/** The last day there are rates of, YYYY-MM-DD; null before the first are loaded. As the system login. */
export async function newestRateDay(system: Database): Promise<string | null> {
  const [newest] = await systemStatement<{ day: string | null }>(
    system,
    `select max(day)::text as day from ref.exchange_rates where source = $1 and currency = 'EUR'`,
    [rateSource],
  );
  return newest?.day ?? null;
}
