import type { Clock } from '@tributary/core/clock';
import type { DaySource } from '@tributary/core/day-source';
import { AppError } from '@tributary/core/errors';
import type { Fact } from '@tributary/core/facts';
import type { RecordedCall } from '@tributary/core/provider-call';
import type { Database } from '@tributary/db/connection';
import { type TenantTransaction, withTenant } from '@tributary/db/transaction';
import { findPseudonyms } from '@tributary/privacy/find-pseudonyms';
import { meterEgress } from '../egress/meter-egress.ts';
import { storePulls } from '../pull/store-pulls.ts';
import { isRefusal } from '../refusal.ts';
import type { AskedConnection } from './check-day.ts';
import type { DriftCause } from './compute-drifts.ts';
import { rewindStreams } from './rewind-streams.ts';

export interface RequeueDependencies {
  worker: Database;
  clock: Clock;
  /** By provider. */
  days: Readonly<Record<string, DaySource>>;
  callOf(connection: AskedConnection): RecordedCall;
  applyFacts(tx: TenantTransaction, told: { connectionId: string; facts: readonly Fact[] }): Promise<number>;
  /** Lets these events be applied, those that were given up as well. Answers the ones that will be: a parked one is nobody's yet. */
  applyEvents(orgId: string, eventIds: readonly string[]): Promise<readonly string[]>;
  /** Queues a run of the connection. */
  run(connection: AskedConnection): Promise<void>;
}

/** What was done about the drifts of a day. */
export interface Requeued {
  /** Their event is applied again. */
  applied: number;
  /** The object was asked for and what it says applied. */
  fetched: number;
  /** Too many to ask for, or under a pseudonym, by which no provider knows them: a run walks again from the day's beginning. */
  walked: number;
  /** For a person: what the provider lacks or refuses to tell, and what can never be applied. */
  left: number;
}

/** More are cheaper by the page. */
const mostFetches = 50;

/**
 * Brings in what a check of a day found to differ, each by its cause: the next check shows what came of it.
 * @throws AppError `not_found`; `conflict` while a run of the connection is under way and would have to walk again; ProviderError
 */
export async function requeueDrifts(
  dependencies: RequeueDependencies,
  { orgId, reconciliationId }: { orgId: string; reconciliationId: string },
): Promise<Requeued> {
  const { worker } = dependencies;
  const { connection, from, drifts, pseudonyms } = await withTenant({ database: worker, orgId }, (tx) =>
    readOpen(tx, reconciliationId),
  );
  const eventIds = drifts.flatMap(({ eventId }) => eventId ?? []);
  const waking = new Set(eventIds.length === 0 ? [] : await dependencies.applyEvents(orgId, eventIds));
  const applied = drifts.filter(({ eventId }) => eventId !== null && waking.has(eventId));
  const missingThere = drifts.filter(({ cause }) => cause === 'missing_there');
  const wanted = drifts.filter((drift) => !applied.includes(drift) && !missingThere.includes(drift));
  await withTenant({ database: worker, orgId }, (tx) => markRequeued(tx, applied, dependencies.clock()));
  const done = { applied: applied.length, fetched: 0, walked: 0, left: missingThere.length };
  const walked = wanted.length > mostFetches ? wanted : wanted.filter(({ externalId }) => pseudonyms.has(externalId));
  if (walked.length > 0) {
    await withTenant({ database: worker, orgId }, async (tx) => {
      await rewindStreams(tx, connection.connectionId, { to: from, now: dependencies.clock() });
      await markRequeued(tx, walked, dependencies.clock());
    });
    await dependencies.run(connection);
    done.walked = walked.length;
  }
  for (const drift of wanted.filter((one) => !walked.includes(one))) {
    if (await fetchOne(dependencies, connection, drift)) done.fetched += 1;
    else done.left += 1;
  }
  return done;
}

interface OpenDrift {
  id: string;
  resource: string;
  externalId: string;
  parentId: string | null;
  cause: DriftCause;
  eventId: string | null;
}

async function readOpen(tx: TenantTransaction, reconciliationId: string) {
  const [checked] = await tx.query<AskedConnection & { from: Date }>(
    `select c.org_id as "orgId", c.id as "connectionId", c.provider, c.account_ref as "accountRef",
       r.day::timestamp at time zone o.time_zone as "from"
     from sync.reconciliations r join sync.connections c on c.org_id = $1 and c.id = r.connection_id
     join identity.organizations o on o.id = $1
     where r.org_id = $1 and r.id = $2`,
    [tx.orgId, reconciliationId],
  );
  if (checked === undefined) throw new AppError('not_found', 'No such reconciliation.');
  const drifts = await tx.query<OpenDrift>(
    `select id, resource, external_id as "externalId", parent_id as "parentId", cause, event_id as "eventId" from sync.drifts
     where org_id = $1 and reconciliation_id = $2 and status = 'open' order by id`,
    [tx.orgId, reconciliationId],
  );
  const { from, ...connection } = checked;
  const pseudonyms = await findPseudonyms(
    tx,
    drifts.map(({ externalId }) => externalId),
  );
  return { connection, from, drifts, pseudonyms };
}

/** As a hint does it: asks for the object, and applies what it says with what was answered. @returns whether it could be. */
async function fetchOne(
  { worker, clock, days, callOf, applyFacts }: RequeueDependencies,
  connection: AskedConnection,
  drift: OpenDrift,
): Promise<boolean> {
  const { orgId, connectionId, provider } = connection;
  const source = days[provider];
  if (source === undefined) throw new Error(`nothing compares ${provider}`);
  const { call, take } = callOf(connection);
  const facts = await source.read(call, drift);
  const { pulls, bytes } = take();
  if (facts === null || facts.length === 0) return false;
  try {
    await withTenant({ database: worker, orgId }, async (tx) => {
      await applyFacts(tx, { connectionId, facts });
      const origin = { connectionId, provider, resource: drift.resource, cause: { driftId: drift.id } };
      await storePulls(tx, origin, pulls);
      await meterEgress(tx, { provider, bytes, at: clock() });
      await markRequeued(tx, [drift], clock());
    });
    return true;
  } catch (error) {
    if (isRefusal(error)) return false;
    throw error;
  }
}

async function markRequeued(tx: TenantTransaction, drifts: readonly OpenDrift[], at: Date): Promise<void> {
  if (drifts.length === 0) return;
  await tx.query(
    `update sync.drifts set status = 'requeued', requeued_at = $3 where org_id = $1 and id = any ($2) and status = 'open'`,
    [tx.orgId, drifts.map(({ id }) => id), at],
  );
}
