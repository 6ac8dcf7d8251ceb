import type { Fact } from '@tributary/core/facts';
import type { Pull } from '@tributary/core/provider-call';
import type { WalkPosition } from '@tributary/core/pull-source';
import type { TenantTransaction } from '@tributary/db/transaction';
import { meterEgress } from '../egress/meter-egress.ts';
import { storePulls } from '../pull/store-pulls.ts';
import type { Stream } from '../stream/stream.ts';
import type { Progress } from '../walk/walk.ts';
import { holdLease, type OpenRun } from './open-run.ts';

/** Writes facts of a connection into the domains, in the transaction it is given. @returns how many were news. */
export type ApplyFacts = (
  tx: TenantTransaction,
  told: { connectionId: string; facts: readonly Fact[] },
) => Promise<number>;

/** Facts of a page, and the bytes that told them. */
export interface FactsToCommit {
  stream: Stream;
  /** Where the page began. */
  position: WalkPosition;
  facts: readonly Fact[];
  pulls: readonly Pull[];
}

/** One page of a walk with all that follows from it. */
export interface PageToCommit extends FactsToCommit {
  /** How far the stream has been walked with it. */
  progress: Progress;
  objects: number;
  /** As the provider counts them. */
  bytes: number;
}

/**
 * Commits a page: its facts, its bytes, and how far the walk has come, all or nothing, and only while the run holds its lease.
 * @throws LeaseLost
 */
export async function commitPage(
  tx: TenantTransaction,
  applyFacts: ApplyFacts,
  run: OpenRun,
  page: PageToCommit,
  now: Date,
): Promise<void> {
  await commitFacts(tx, applyFacts, run, page);
  await tx.query(
    `update sync.streams set watermark = $3, position = $4, highest = $5, walk_began_at = $6, walked_at = coalesce($7, walked_at)
     where org_id = $1 and id = $2`,
    [tx.orgId, page.stream.id, ...columnsOf(page.progress), page.progress.position === null ? now : null],
  );
  await tx.query(
    'update sync.runs set pages = pages + 1, objects = objects + $3, bytes = bytes + $4 where org_id = $1 and id = $2',
    [tx.orgId, run.runId, page.objects, page.bytes],
  );
  await meterEgress(tx, { provider: run.provider, bytes: page.bytes, at: now });
}

function columnsOf({ watermark, position, highest, walkBeganAt }: Progress) {
  return [watermark, position && JSON.stringify(position), highest, walkBeganAt];
}

/**
 * Commits facts of a page, and its bytes if any of them was news: what tells nothing new is not needed to compute everything again.
 * @returns how many were news. @throws LeaseLost
 */
export async function commitFacts(
  tx: TenantTransaction,
  applyFacts: ApplyFacts,
  run: OpenRun,
  { stream, position, facts, pulls }: FactsToCommit,
): Promise<number> {
  await holdLease(tx, run);
  if (facts.length === 0) return 0;
  const { connectionId, provider, runId } = run;
  const changed = await applyFacts(tx, { connectionId, facts });
  if (changed === 0) return 0;
  const origin = { connectionId, provider, resource: stream.resource, cause: { streamId: stream.id, position } };
  await storePulls(tx, origin, pulls);
  await tx.query('update sync.runs set changed = changed + $3 where org_id = $1 and id = $2', [
    tx.orgId,
    runId,
    changed,
  ]);
  return changed;
}
