import { withTenant } from '@tributary/db/transaction';
import type { TestDatabase } from '@tributary/testing/database';
import type { Programme } from '../account/programme.fixture.ts';
import { deriveBase } from './derive-base.ts';
import { findUnderived } from './find-underived.ts';
import { loadRates } from './load-rates.ts';

export const now = new Date('2026-11-21T12:00:00Z');

export interface Bank {
  /** Rates of a day, as they are published: units for one euro. */
  publish(day: string, rates: Record<string, string>): Promise<number>;
  step(programme: Programme): ReturnType<typeof deriveBase>;
  /** All steps there are. */
  derive(programme: Programme): Promise<{ rewritten: number; steps: number }>;
  underived(programme: Programme): Promise<boolean>;
  /** Gives the organization another base currency. */
  rebase(programme: Programme, currency: string): Promise<unknown>;
}

export function openBank(database: TestDatabase): Bank {
  const bank: Bank = {
    publish: (day, rates) =>
      loadRates(
        database.system,
        Object.entries(rates).map(([currency, rate]) => ({ day, currency, rate })),
        now,
      ),
    step: ({ orgId, connectionId }) =>
      withTenant({ database: database.worker, orgId }, (tx) => deriveBase(tx, { connectionId, now })),
    async derive(programme) {
      let [rewritten, steps] = [0, 0];
      for (let isDone = false; !isDone; steps += 1) {
        const step = await bank.step(programme);
        rewritten += step.rewritten;
        isDone = step.isDone;
      }
      return { rewritten, steps };
    },
    underived: async ({ connectionId }) =>
      (await findUnderived(database.system, { atMost: 1000 })).some((found) => found.connectionId === connectionId),
    rebase: ({ orgId }, currency) =>
      database.superuser.query('update identity.organizations set base_currency = $2 where id = $1', [orgId, currency]),
  };
  return bank;
}

/** One fact of an NGR (100.00 unless told) on a day, and how it stands in base currency. */
export async function convert(programme: Programme, day: string, ngrMinor = 10_000) {
  await programme.apply({ from: day, to: day }, [programme.row(day, { ngrMinor })], '2027-12-01T00:00:00Z');
  return (await programme.facts()).at(-1);
}
