import type { Fact } from '@tributary/core/facts';
import type { RecordedCall } from '@tributary/core/provider-call';
import type { PullSource } from '@tributary/core/pull-source';
import { type TenantTransaction, withTenant } from '@tributary/db/transaction';
import { isRefusal } from '../refusal.ts';
import type { Stream } from '../stream/stream.ts';
import { afterPage, beginWalk, type Progress } from '../walk/walk.ts';
import { commitFacts, commitPage, type PageToCommit } from './commit-page.ts';
import type { OpenRun } from './open-run.ts';
import type { RunDependencies } from './run-connection.ts';
import type { Turn } from './turn.ts';

export interface Walking {
  run: OpenRun;
  source: PullSource;
  recorded: RecordedCall;
  /** Where a stream that was never walked begins. */
  beginning: Date;
  turn: Turn;
}

/** `refused`: how many facts can never be applied. */
export type WalkOutcome = { ended: boolean; refused: number };

/**
 * Walks one stream from where it stands to its end, or until the run's turn is over, committing page by page.
 * @throws ProviderError, LeaseLost, and what the database throws; what was committed stays.
 */
export async function walkStream(
  dependencies: RunDependencies,
  { run, source, recorded, beginning, turn }: Walking,
  stream: Stream,
): Promise<WalkOutcome> {
  let progress: Progress = beginWalk(stream, { overlapMs: source.overlapMs, beginning, now: dependencies.clock() });
  let refused = 0;
  for (let { position } = progress; position !== null; { position } = progress) {
    if (!turn.mayGoOn()) return { ended: false, refused };
    const page = await source.page(recorded.call, stream, position);
    turn.count();
    progress = afterPage({ ...progress, position }, page);
    const { facts, objects } = page;
    const read = { stream, position, progress, facts, objects: objects.length, ...recorded.take() };
    refused += await commit(dependencies, run, read);
  }
  return { ended: true, refused };
}

/**
 * The page at once; if something in it can never be applied, its facts one by one, so that one bad object stops no other. Whoever is
 * stopped in between tries this page again.
 * @returns how many were refused.
 */
async function commit(dependencies: RunDependencies, run: OpenRun, page: PageToCommit): Promise<number> {
  const { worker, applyFacts, clock } = dependencies;
  const inTenant = <Result>(work: (tx: TenantTransaction) => Promise<Result>) =>
    withTenant({ database: worker, orgId: run.orgId }, work);
  const whole = await orRefusal(inTenant((tx) => commitPage(tx, applyFacts, run, page, clock())));
  if (!isRefused(whole)) return 0;
  let { pulls } = page;
  let count = 0;
  for (const fact of page.facts) {
    const told = await orRefusal(inTenant((tx) => commitFacts(tx, applyFacts, run, { ...page, facts: [fact], pulls })));
    if (isRefused(told)) {
      count += 1;
      report(dependencies, run, page.stream, { fact, error: told.refusal });
    } else if (told > 0) pulls = [];
  }
  await inTenant((tx) => commitPage(tx, applyFacts, run, { ...page, facts: [] }, clock()));
  return count;
}

function report(
  dependencies: RunDependencies,
  { orgId, connectionId, runId }: OpenRun,
  { resource, locationRef }: Stream,
  { fact, error }: { fact: Fact; error: unknown },
): void {
  const objectRef = 'externalId' in fact ? fact.externalId : null;
  dependencies.report({ orgId, connectionId, runId, stream: { resource, locationRef }, objectRef, error });
}

interface Refused {
  refusal: unknown;
}

const isRefused = (outcome: unknown): outcome is Refused =>
  typeof outcome === 'object' && outcome !== null && 'refusal' in outcome;

/** What it was refused for, if for good; anything else that fails is thrown. */
async function orRefusal<Result>(committing: Promise<Result>): Promise<Result | Refused> {
  return committing.catch((error: unknown): Refused => {
    if (isRefusal(error)) return { refusal: error };
    throw error;
  });
}
