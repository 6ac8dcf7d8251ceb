import { hash } from 'node:crypto';
import type { Clock } from '@tributary/core/clock';
import { AppError } from '@tributary/core/errors';
import type { Database } from '@tributary/db/connection';
import { type TenantTransaction, withTenant } from '@tributary/db/transaction';
import { readObjectLines } from './object-lines.ts';
import { openTwin, type Twin } from './open-twin.ts';
import type { Readers } from './read-facts.ts';
import { readTimeline } from './read-timeline.ts';
import { type ApplyAgain, type Problem, replay, type SettingChange } from './replay.ts';

/** What a domain derives from facts. The composition root hands one in: the spine imports no domain. */
export interface Derived<Scope> {
  /** Its settings with when each came into force, null for before everything; to be applied to the twin as the API's login. */
  readSettings(tx: TenantTransaction): Promise<SettingChange[]>;
  /** What of an organization cannot be derived from facts: where people have had a hand in it. In names that its twin shares. */
  readScope(tx: TenantTransaction): Promise<Scope>;
  /** A line for each thing derived, in names that do not depend on how often it was computed. Without what people had a hand in. */
  readLines(tx: TenantTransaction, scope: Scope): Promise<string[]>;
  /** How much a scope leaves out. */
  countLeftOut(scope: Scope): Record<string, number>;
}

export interface RebuildDependencies<Scope> {
  api: Database;
  worker: Database;
  system: Database;
  clock: Clock;
  readers: Readers;
  applyFacts: ApplyAgain;
  derived: Derived<Scope>;
}

export interface Rebuilt {
  rebuildId: string;
  twinOrgId: string;
  /** SHA-256, hexadecimal, of all lines in order. */
  liveHash: string;
  twinHash: string;
  isEqual: boolean;
  lines: number;
  leftOut: Record<string, number>;
  /** Transactions that were applied again. */
  applied: number;
  /** The first of what could not be read from the bytes again. */
  problems: readonly Problem[];
  /** The first lines that only one of them has. */
  differences: readonly { only: 'live' | 'twin'; line: string }[];
}

const mostTold = 20;

/**
 * Computes an organization again, from the bytes that came, into an empty twin, and compares what both hold. The organization itself is
 * read and not touched.
 * @throws AppError `not_found`; `conflict` when something was applied to the organization while it was read
 */
export async function rebuild<Scope>(dependencies: RebuildDependencies<Scope>, orgId: string): Promise<Rebuilt> {
  const { api, worker, system, clock, readers, applyFacts, derived } = dependencies;
  const inLive = <Result>(work: (tx: TenantTransaction) => Promise<Result>) =>
    withTenant({ database: worker, orgId }, work);
  const startedAt = clock();
  const { scope, live, settings, timeline } = await inLive((tx) => readLive(derived, tx));
  const twin = await openTwin(system, orgId);
  const rebuildId = await inLive((tx) => noteStart(tx, twin, startedAt));
  const problems = await replay({ api, worker, system, readers, applyFacts }, { orgId, twin }, { settings, timeline });
  const again = await withTenant({ database: worker, orgId: twin.orgId }, (tx) => readAll(derived, tx, scope));
  const [liveHash, twinHash] = [hashOf(live), hashOf(again)];
  await inLive((tx) => noteEnd(tx, rebuildId, { liveHash, twinHash, finishedAt: clock() }));
  return {
    rebuildId,
    twinOrgId: twin.orgId,
    liveHash,
    twinHash,
    isEqual: liveHash === twinHash,
    lines: live.length,
    leftOut: derived.countLeftOut(scope),
    applied: timeline.length,
    problems: problems.slice(0, mostTold),
    differences: differencesOf(live, again).slice(0, mostTold),
  };
}

async function readLive<Scope>(derived: Derived<Scope>, tx: TenantTransaction) {
  const scope = await derived.readScope(tx);
  const live = await readAll(derived, tx, scope);
  const settings = await derived.readSettings(tx);
  const timeline = await readTimeline(tx);
  // Each statement saw what was committed by then: only if nothing changed do they belong together.
  const stillScope = await derived.readScope(tx);
  const still = await readAll(derived, tx, stillScope);
  if (hashOf(still) !== hashOf(live))
    throw new AppError('conflict', 'The organization is being written to: try again.');
  return { scope, live, settings, timeline };
}

async function readAll<Scope>(derived: Derived<Scope>, tx: TenantTransaction, scope: Scope): Promise<string[]> {
  return [...(await derived.readLines(tx, scope)), ...(await readObjectLines(tx))].sort();
}

const hashOf = (lines: readonly string[]) => hash('sha256', lines.join('\n'));

function differencesOf(live: readonly string[], twin: readonly string[]) {
  const [ofLive, ofTwin] = [new Set(live), new Set(twin)];
  return [
    ...live.filter((line) => !ofTwin.has(line)).map((line) => ({ only: 'live' as const, line })),
    ...twin.filter((line) => !ofLive.has(line)).map((line) => ({ only: 'twin' as const, line })),
  ];
}

async function noteStart(tx: TenantTransaction, { orgId: twinOrgId }: Twin, startedAt: Date): Promise<string> {
  const [row] = await tx.query<{ id: string }>(
    'insert into sync.rebuilds (org_id, twin_org_id, started_at) values ($1, $2, $3) returning id',
    [tx.orgId, twinOrgId, startedAt],
  );
  return (row as { id: string }).id;
}

async function noteEnd(
  tx: TenantTransaction,
  rebuildId: string,
  { liveHash, twinHash, finishedAt }: { liveHash: string; twinHash: string; finishedAt: Date },
): Promise<void> {
  await tx.query(
    `update sync.rebuilds set finished_at = $3, live_hash = decode($4, 'hex'), twin_hash = decode($5, 'hex')
     where org_id = $1 and id = $2`,
    [tx.orgId, rebuildId, finishedAt, liveHash, twinHash],
  );
}
