import { systemClock } from '@tributary/core/clock';
import { waitingFor } from '@tributary/inbox/waiting-for';
import { readHeldSales } from '@tributary/loyalty/reconcile/read-held-sales';
import type { CheckDependencies } from '@tributary/sync/reconcile/check-day';
import type { ReadHeld } from '@tributary/sync/reconcile/compared';
import { readHeldObjects } from '@tributary/sync/reconcile/read-held-objects';
import { database } from './database.ts';
import { ofEach } from './providers.ts';
import { syncComposition } from './sync.ts';

/** Whose a provider's objects are here: what a domain keeps is compared with what the domain has. */
export const heldOf: Readonly<Record<string, ReadHeld>> = {
  square: readHeldSales,
  clover: readHeldSales,
  xero: readHeldObjects,
};

/** What comparing a day with a provider takes. */
export function checkComposition(): CheckDependencies {
  const { callOf } = syncComposition();
  const [worker, system] = [database('worker'), database('system')];
  return {
    worker,
    clock: systemClock,
    days: ofEach(({ days }) => days),
    held: heldOf,
    callOf: (connection) => callOf(connection, 'walk'),
    waitingFor: (connection, externalIds) => waitingFor(system, connection, externalIds),
  };
}
