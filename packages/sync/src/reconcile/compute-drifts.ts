import type { ObjectRef } from '@tributary/core/day-source';
import { type Compared, contentOf, type Held, keyOf, minorOf, refOf, type SalePoints } from './compared.ts';

/**
 * Why a provider and we differ about one object:
 * `missing_here`: it was never delivered or pulled; `unapplied`: an event that names it waits; `stale`: we hold an older version;
 * `missing_there`: we hold what the provider does not have; `amount_differs`: one version, two contents; `points_differ`: both have
 * the same and the ledger does not follow from it.
 */
export type DriftCause = 'missing_here' | 'unapplied' | 'stale' | 'missing_there' | 'amount_differs' | 'points_differ';

export interface Drift extends ObjectRef {
  cause: DriftCause;
  /** Of `unapplied`. */
  eventId: string | null;
  listedVersion: Date | null;
  heldVersion: Date | null;
  listedMinor: number | null;
  heldMinor: number | null;
  points: Pick<SalePoints, 'due' | 'posted'> | null;
}

interface Sides {
  listed: readonly Compared[];
  held: readonly Held[];
  /** By the id that an event names: the event, which waits to be applied. */
  waiting: ReadonlyMap<string, string>;
}

/** What differs, one drift per object. What we hold newer than it was listed has changed since, and is none. */
export function computeDrifts({ listed, held, waiting }: Sides): Drift[] {
  const there = new Map(listed.map((one) => [keyOf(refOf(one)), one]));
  const here = new Map(held.map((one) => [keyOf(refOf(one.compared)), one]));
  return [...new Set([...there.keys(), ...here.keys()])].sort().flatMap((key) => {
    const [one, other] = [there.get(key) ?? null, here.get(key) ?? null];
    const cause = causeOf(one, other);
    const known = one ?? other?.compared;
    if (cause === null || known === undefined) return [];
    const ref = refOf(known);
    const eventId = explainable.has(cause) ? (waiting.get(ref.externalId) ?? null) : null;
    return [{ ...ref, ...sidesOf(one, other), cause: eventId === null ? cause : 'unapplied', eventId }];
  });
}

/** By an event that waits. */
const explainable: ReadonlySet<DriftCause> = new Set(['missing_here', 'stale', 'amount_differs']);

function causeOf(listed: Compared | null, held: Held | null): DriftCause | null {
  if (held === null) return 'missing_here';
  if (listed === null) return 'missing_there';
  const laterMs = listed.version.getTime() - held.compared.version.getTime();
  if (laterMs > 0) return 'stale';
  if (laterMs === 0 && contentOf(listed) !== contentOf(held.compared)) return 'amount_differs';
  return held.points?.differ ? 'points_differ' : null;
}

function sidesOf(listed: Compared | null, held: Held | null) {
  return {
    listedVersion: listed?.version ?? null,
    heldVersion: held?.compared.version ?? null,
    listedMinor: listed && minorOf(listed),
    heldMinor: held && minorOf(held.compared),
    points: held?.points ?? null,
  };
}
