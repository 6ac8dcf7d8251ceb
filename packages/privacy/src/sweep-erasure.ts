import type { Database } from '@tributary/db/connection';
import { systemStatement, type TenantTransaction, withTenant } from '@tributary/db/transaction';
import { sweepDeliveries, sweepParked } from './sweep-deliveries.ts';
import { type SweepPage, type SweptPage, sweepDrifts, sweepEvents, sweepObjects, sweepPulls } from './sweep-tables.ts';
import { sweepTwins } from './sweep-twins.ts';

export interface SweepDependencies {
  worker: Database;
  system: Database;
  /** Erases what a domain wrote in transactions that did not see the erasure yet. */
  eraseLate(tx: TenantTransaction, customerId: string, requestedAt: Date): Promise<void>;
  /** False when the time is nearly over. */
  mayGoOn(): boolean;
}

/** Objects first: they tell by which ids other bytes name somebody. Deliveries last: see `reopen`. */
const steps = ['objects', 'pulls', 'drifts', 'events', 'parked', 'twins', 'deliveries'] as const;
type Step = (typeof steps)[number];

interface OpenErasure {
  orgId: string;
  customerId: string;
  requestedAt: Date;
  position: { step: Step; from: string | null } | null;
  found: number;
}

const tables = {
  objects: sweepObjects,
  pulls: sweepPulls,
  drifts: sweepDrifts,
  events: sweepEvents,
} as const satisfies Partial<Record<Step, (tx: TenantTransaction, page: SweepPage) => Promise<SweptPage>>>;

/** Longer than any transaction lasts: what was committed by one that did not see the erasure is there by then. */
const patienceMs = 5 * 60_000;

/**
 * Goes through the raw bytes of organizations from which somebody was erased, and takes out what they say of them. Goes on where it
 * stopped; whoever does it twice changes nothing. @returns how many erasures were ended
 */
export async function sweepErasures(dependencies: SweepDependencies, now: Date): Promise<number> {
  const open = await systemStatement<OpenErasure>(
    dependencies.system,
    `select org_id as "orgId", customer_id as "customerId", requested_at as "requestedAt", position, found
     from privacy.erasures where swept_at is null and requested_at <= $1::timestamptz - $2 * interval '1 millisecond'
     order by requested_at limit 100`,
    [now, patienceMs],
  );
  let ended = 0;
  for (const erasure of open) {
    if (!dependencies.mayGoOn()) break;
    if (await sweep(dependencies, erasure, now)) ended += 1;
  }
  return ended;
}

/** @returns whether it came to the end. */
async function sweep(dependencies: SweepDependencies, erasure: OpenErasure, now: Date): Promise<boolean> {
  const { worker } = dependencies;
  const { orgId, customerId, requestedAt } = erasure;
  const inTenant = <Result>(work: (tx: TenantTransaction) => Promise<Result>) =>
    withTenant({ database: worker, orgId }, work);
  let { position, found } = erasure;
  if (position === null) {
    await inTenant((tx) => dependencies.eraseLate(tx, customerId, requestedAt));
    position = { step: steps[0], from: null };
  }
  while (position !== null) {
    if (!dependencies.mayGoOn()) return false;
    const page = await sweepPage(dependencies, orgId, position);
    found += page.found;
    position = page.next === null ? nextStep(position.step) : { step: position.step, from: page.next };
    // What was gone through already may name somebody by what was only found now.
    if (position === null && found > 0) [position, found] = [{ step: steps[0], from: null }, 0];
    await inTenant((tx) => note(tx, customerId, { position, found, sweptAt: position === null ? now : null }));
  }
  return true;
}

function nextStep(step: Step): OpenErasure['position'] {
  const next = steps[steps.indexOf(step) + 1];
  return next === undefined ? null : { step: next, from: null };
}

async function sweepPage(
  { worker, system, eraseLate }: SweepDependencies,
  orgId: string,
  { step, from }: { step: Step; from: string | null },
): Promise<SweptPage> {
  if (step === 'twins') {
    await sweepTwins({ worker, eraseLate }, orgId);
    return { next: null, found: 0 };
  }
  const databases = { worker, system, orgId };
  if (step === 'parked') return sweepParked(databases, { from });
  if (step === 'deliveries') return sweepDeliveries(databases, { from });
  return withTenant({ database: worker, orgId }, (tx) => tables[step](tx, { from }));
}

async function note(
  tx: TenantTransaction,
  customerId: string,
  { position, found, sweptAt }: Pick<OpenErasure, 'position' | 'found'> & { sweptAt: Date | null },
): Promise<void> {
  await tx.query(
    'update privacy.erasures set position = $3, found = $4, swept_at = $5 where org_id = $1 and customer_id = $2',
    [tx.orgId, customerId, position === null ? null : JSON.stringify(position), found, sweptAt],
  );
}
