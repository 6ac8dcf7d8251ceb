import { AppError } from '@tributary/core/errors';
import type { Database } from '@tributary/db/connection';
import { type TenantTransaction, withTenant } from '@tributary/db/transaction';
import {
  beginning,
  type Moved,
  move,
  noteFound,
  type OpenErasure,
  type Position,
  readOpen,
  type Step,
  steps,
  takeUp,
  type Walk,
} from './open-erasure.ts';
import { sweepDeliveries, sweepParked } from './sweep-deliveries.ts';
import { type SweepPage, type SweptPage, sweepDrifts, sweepEvents, sweepObjects, sweepPulls } from './sweep-tables.ts';
import { sweepTwins, type TwinDependencies } from './sweep-twins.ts';

export interface SweepDependencies extends TwinDependencies {
  system: Database;
  /** False when the time is nearly over. */
  mayGoOn(): boolean;
  report(failure: FailedErasure): void;
}

export interface FailedErasure {
  orgId: string;
  customerId: string;
  /** What was gone through; null before the first. */
  step: Step | null;
  error: unknown;
}

const tables = {
  objects: sweepObjects,
  pulls: sweepPulls,
  drifts: sweepDrifts,
  events: sweepEvents,
} as const satisfies Partial<Record<Step, (tx: TenantTransaction, page: SweepPage) => Promise<SweptPage>>>;

/**
 * Goes through the raw bytes of organizations from which somebody was erased, and takes out what they say of them. Goes on where it
 * stopped; whoever does it twice changes nothing. One that fails is reported, and tried again when all others have had their turn.
 * @returns how many erasures were ended
 * @throws AppError `unavailable` when the database is not reachable
 */
export async function sweepErasures(dependencies: SweepDependencies, now: Date): Promise<number> {
  const open = await readOpen(dependencies.system, now);
  let ended = 0;
  for (const [orgId, erasures] of Map.groupBy(open, (erasure) => erasure.orgId)) {
    if (!dependencies.mayGoOn()) break;
    ended += await sweepOrganization({ ...dependencies, orgId }, erasures, now);
  }
  return ended;
}

type Organization = SweepDependencies & { orgId: string };

const inTenant = <Result>({ worker, orgId }: Organization, work: (tx: TenantTransaction) => Promise<Result>) =>
  withTenant({ database: worker, orgId }, work);

/** Erasures that have come equally far go on together: a page is read once for all of them. */
async function sweepOrganization(
  organization: Organization,
  erasures: readonly OpenErasure[],
  now: Date,
): Promise<number> {
  const customerIds = erasures.map(({ customerId }) => customerId);
  await inTenant(organization, (tx) => takeUp(tx, customerIds, now));
  const begun: Moved[] = [];
  for (const erasure of erasures) {
    if (erasure.position !== null) begun.push(erasure);
    else if (organization.mayGoOn()) begun.push(...(await begin(organization, erasure, now)));
  }
  let going = begun.filter(isGoing);
  let ended = 0;
  while (going.length > 0 && organization.mayGoOn()) {
    const walk = walkOf(going);
    const moved = await sweepPage(organization, walk, now);
    ended += moved.filter(({ position }) => position === null).length;
    const others = going.filter(({ customerId }) => !walk.customerIds.includes(customerId));
    going = [...moved.filter(isGoing), ...others];
  }
  return ended;
}

type Going = Moved & { position: Position };
const isGoing = (erasure: Moved): erasure is Going => erasure.position !== null;

/** The first, with all that have come to the same place. */
function walkOf(going: readonly Going[]): WalkAt {
  const { position } = going[0] as Going;
  const here = JSON.stringify(position);
  const together = going.filter((one) => JSON.stringify(one.position) === here);
  return { customerIds: together.map(({ customerId }) => customerId), position };
}

type WalkAt = Walk & { position: Position };

function begin(organization: Organization, { customerId, requestedAt }: OpenErasure, now: Date): Promise<Moved[]> {
  const walk: Walk = { customerIds: [customerId], position: null };
  return attempt(organization, walk, () =>
    inTenant(organization, async (tx) => {
      await organization.eraseLate(tx, customerId, requestedAt);
      return move(tx, walk, beginning, now);
    }),
  );
}

function sweepPage(organization: Organization, walk: WalkAt, now: Date): Promise<Moved[]> {
  const { step } = walk.position;
  return attempt(organization, walk, async () => {
    const from = await sweepFrom(organization, walk);
    const next = from === null ? nextStep(step) : { step, from };
    return inTenant(organization, (tx) => move(tx, walk, next, now));
  });
}

/** Where those that did not fail are. */
async function attempt(
  { report, orgId }: Organization,
  { customerIds, position }: Walk,
  work: () => Promise<Moved[]>,
): Promise<Moved[]> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof AppError && error.code === 'unavailable') throw error;
    for (const customerId of customerIds) report({ orgId, customerId, step: position?.step ?? null, error });
    return [];
  }
}

function nextStep(step: Step): Position | null {
  const next = steps[steps.indexOf(step) + 1];
  return next === undefined ? null : { step: next, from: null };
}

/** @returns where the next page of the step begins; null after the last. */
function sweepFrom(
  organization: Organization,
  { customerIds, position: { step, from } }: WalkAt,
): Promise<string | null> {
  const archive = { ...organization, customerIds };
  if (step === 'twins') return sweepTwins(organization, { from });
  if (step === 'parked') return sweepParked(archive, { from });
  if (step === 'deliveries') return sweepDeliveries(archive, { from });
  return inTenant(organization, async (tx) => {
    const { next, found } = await tables[step](tx, { from });
    await noteFound(tx, customerIds, found);
    return next;
  });
}
