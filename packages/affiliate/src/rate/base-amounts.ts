import { currencyExponent } from '@tributary/core/money';

/** The one source of rates there is: what the European Central Bank publishes. */
export const rateSource = 'ecb';

/** How many days back of a fact's day a rate may have been published: holidays are no longer than that. */
const mostDaysBack = 7;

/** The columns that hold money; those in base currency are called the same with `base_` in front. */
export const amountColumns = ['deposits_minor', 'ggr_minor', 'ngr_minor', 'commission_minor'] as const;

/** Base minor units at par for minor units of a currency, as a fraction: [1, 100] from EUR to JPY, [10, 1] from EUR to BHD. */
export function minorScale(currency: string, baseCurrency: string): [up: number, down: number] {
  const digits = currencyExponent(baseCurrency) - currencyExponent(currency);
  return [10 ** Math.max(0, digits), 10 ** Math.max(0, -digits)];
}

/** Rates have six decimals at most: so many times a rate is a whole number. */
const whole = 1_000_000;

/**
 * A select of `(day, doubled, divisor, most, rate, rate_day, rate_source)` for the days that the select `days` names. The rate is that of
 * the day, or the last one published in the seven days before; a day without one has nulls. Both currencies are quoted against
 * the euro, so the rate between them is their quotient of one day, and an amount is converted by a fraction of whole numbers:
 * half of `doubled` over `divisor`. The other parameters are places in the statement: of the currency, of the base
 * currency, and of the two numbers of `minorScale`.
 */
export const dayRates = (days: string, currency: string, base: string, up: string, down: string): string => `
  select d.day, q.doubled, q.divisor, (4611686018427387904 / q.doubled) as most, q.rate, q.rate_day, q.rate_source
  from (${days}) d left join lateral (
    (select 2::bigint as doubled, 1::bigint as divisor, 1::numeric as rate, d.day as rate_day, 'par' as rate_source
     where ${currency}::text = ${base}::text)
    union all
    (select (b.rate * ${2 * whole} * ${up}::bigint)::bigint, (o.rate * ${whole} * ${down}::bigint)::bigint, trim_scale(b.rate / o.rate), o.day, o.source
     from ref.exchange_rates o join ref.exchange_rates b on b.source = o.source and b.day = o.day and b.currency = ${base}
     where o.source = '${rateSource}' and o.currency = ${currency} and o.day between d.day - ${mostDaysBack} and d.day
       and ${currency}::text <> ${base}::text
     order by o.day desc limit 1)
  ) q on true`;

/**
 * An amount in base minor units, rounded once, half away from zero: (2an ± d) / 2d, whose remainder whole numbers drop. In bigint
 * as far as that reaches (fifty times faster), in numeric beyond.
 */
export const toBase = (amount: string): string =>
  `case when ${amount} between -r.most and r.most
     then (${amount} * r.doubled + case when ${amount} < 0 then -r.divisor else r.divisor end) / (2 * r.divisor)
     else div(${amount} * r.doubled::numeric + case when ${amount} < 0 then -r.divisor else r.divisor end, 2 * r.divisor)::bigint end`;
