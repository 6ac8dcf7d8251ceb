import { showId } from '@tributary/core/ids';
import type { TenantContext } from '@tributary/db/transaction';
import type { TestDatabase } from '@tributary/testing/database';
import { type Agency, openAgency } from '../rollup/agency.fixture.ts';

/** Sunday to Saturday. */
export const week = { from: '2026-11-01', to: '2026-11-07' };

const some = {
  ...{ clicks: 10, signups: 4, ftdCount: 1 },
  ...{ depositsMinor: 500, ggrMinor: 90, ngrMinor: 70, commissionMinor: 50 },
};

/** An agency with a week of facts, and somewhat before and after it, rolled up; `ids` are of its accounts' connections. */
export interface Week {
  agency: Agency;
  ids: readonly [string, string, string];
  context: TenantContext;
}

/** A dollar is 0.80 EUR until 2026-11-08, and not known after. */
export const quoteDollars = ({ superuser }: TestDatabase) =>
  superuser.query(
    `insert into ref.exchange_rates (source, currency, day, rate) select 'ecb', currency, day, rate
     from generate_series(date '2026-10-25', '2026-11-08', '1 day') day, (values ('EUR', 1), ('USD', 1.25)) as quoted (currency, rate)`,
  );

export async function openWeek(database: TestDatabase): Promise<Week> {
  const agency = await openAgency(database);
  const [one, two, three] = agency.accounts;
  const window = { from: '2026-10-01', to: '2026-11-30' };
  const at = '2026-12-20T12:00:00Z';
  await one.apply(
    window,
    [
      one.row('2026-10-31', { ...some, campaign: 'old', commissionMinor: 100 }),
      one.row('2026-11-01', { ...some, campaign: 'spring' }),
      one.row('2026-11-02', { ...some, campaign: 'spring', source: 'mail' }),
      one.row('2026-11-07', { ...some, campaign: '=1+1', subId: 'b,"7"' }),
    ],
    at,
  );
  await two.apply(window, [two.row('2026-11-01', { ...some, campaign: 'spring', commissionMinor: -20 })], at);
  await three.apply(window, [three.row('2026-11-02', some), three.row('2026-11-20', some)], at);
  await agency.recompute();
  const idOf = ({ connectionId }: { connectionId: string }) => showId('connection', connectionId);
  const context = { database: database.api, orgId: agency.orgId };
  return { agency, ids: [idOf(one), idOf(two), idOf(three)], context };
}

/** What tells figures apart. */
export const shown = ({ figures: { clicks, commissionMinor, unconverted } }: { figures: Record<string, unknown> }) => [
  ...[clicks, commissionMinor, unconverted],
];
