import type { PaymentFact } from '@tributary/core/facts';
import type * as z from 'zod';
import { noon, type Office } from '../adjust/office.fixture.ts';
import { configureTiers } from './configure-tiers.ts';
import { metals } from './metals.fixture.ts';
import { recalculateTiers, type TierSweep } from './recalculate-tiers.ts';
import type { tierConfig } from './tier-config.ts';

type Config = Partial<z.input<typeof tierConfig>>;

/** Configures tiers, by money ever spent when nothing else is said. */
export const configure = (office: Office, config: Config = {}) =>
  office.run((tx) =>
    configureTiers(
      { tx, actor: 'ann' },
      { config: { basis: 'spend', periodMonths: null, tiers: metals, downgrade: 'one_down', ...config } },
    ),
  );

export const recalculate = (office: Office, sweep: Partial<TierSweep> = {}) =>
  office.run((tx) => recalculateTiers(tx, { now: noon, ...sweep }), 'worker');

/** The tiers that wallets get when tiers are introduced. */
export async function grade(office: Office, config: Config = {}) {
  await configure(office, config);
  return recalculate(office);
}

export const tierOf = async (office: Office, customer = 'ann') => (await office.wallet(customer)).tier;

export const changes = (office: Office) =>
  office.run((tx) =>
    tx.query<{ from_tier: string | null; to_tier: string; score: number }>(
      'select from_tier, to_tier, score from loyalty.tier_changes where org_id = $1 order by id',
      [tx.orgId],
    ),
  );

/** The score the newest change was made by. */
export const scoreOf = async (office: Office) => (await changes(office)).at(-1)?.score;

let count = 0;

/** One more sale. */
export function sell(
  office: Office,
  amountMinor: number,
  change: Partial<PaymentFact> = {},
  customer: string | null = 'ann',
): Promise<number> {
  count += 1;
  return office.sell(customer, { externalId: `pay ${count}`, amountMinor, ...change });
}
