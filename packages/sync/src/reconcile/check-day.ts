import type { Clock } from '@tributary/core/clock';
import type { DaySource, Span } from '@tributary/core/day-source';
import { AppError } from '@tributary/core/errors';
import type { RecordedCall } from '@tributary/core/provider-call';
import type { Database } from '@tributary/db/connection';
import { type TenantTransaction, withTenant } from '@tributary/db/transaction';
import { meterEgress } from '../egress/meter-egress.ts';
import { type Compared, type Held, isCompared, keyOf, type ReadHeld, refOf, type Total, totalsOf } from './compared.ts';
import { computeDrifts, type Drift } from './compute-drifts.ts';
import { forgetDrifts } from './forget-drifts.ts';
import { readSides, type Sides } from './read-sides.ts';
import { storeCheck } from './store-check.ts';

export interface AskedConnection {
  orgId: string;
  connectionId: string;
  provider: string;
  accountRef: string;
}

export interface CheckDependencies {
  worker: Database;
  clock: Clock;
  /** By provider. */
  days: Readonly<Record<string, DaySource>>;
  /** By provider. */
  held: Readonly<Record<string, ReadHeld>>;
  callOf(connection: AskedConnection): RecordedCall;
  /** Of the connection's events that wait to be applied, the one that names each of these ids. */
  waitingFor(connection: AskedConnection, externalIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
}

export interface CheckedDay {
  reconciliationId: string;
  status: 'agrees' | 'drifts';
  /** By currency, or kind of object. */
  listed: Record<string, Total>;
  held: Record<string, Total>;
  /** Null where nothing earns. */
  points: { due: number; posted: number } | null;
  drifts: readonly Drift[];
}

export interface DayOfConnection {
  orgId: string;
  connectionId: string;
  /** In the organization's time zone, `YYYY-MM-DD`. */
  day: string;
}

/**
 * Compares a business day of one connection with what its provider lists, and keeps the result: a day checked again has the newer one,
 * and drifts that are gone are settled. Reads first there and then here, and asks about what changed in between.
 * @throws AppError `not_found` for a connection that is none or not active; ProviderError
 */
export async function checkDay(
  dependencies: CheckDependencies,
  { orgId, connectionId, day }: DayOfConnection,
): Promise<CheckedDay> {
  const { worker, clock } = dependencies;
  const inTenant = <Result>(work: (tx: TenantTransaction) => Promise<Result>) =>
    withTenant({ database: worker, orgId }, work);
  const connection = await inTenant((tx) => readConnection(tx, connectionId, day));
  const source = dependencies.days[connection.provider];
  const readHeld = dependencies.held[connection.provider];
  if (source === undefined || readHeld === undefined) throw new Error(`nothing compares ${connection.provider}`);
  const { call, take } = dependencies.callOf(connection);
  const facts = await source.list(call, connection.span);
  const sides = await inTenant((tx) => readSides(tx, readHeld, connection, facts));
  const held = connection.isOnly ? sides.held : sides.held.filter(isAmong(sides.listed));
  const listed = await askAgain(source, call, { ...sides, held });
  const waiting = await findWaiting(dependencies, connection, { ...sides, listed, held });
  const found = computeDrifts({ listed, held, waiting });
  const totals = { listed: totalsOf(listed), held: totalsOf(held.map(({ compared }) => compared)) };
  const points = sumPoints(held);
  const at = clock();
  const { bytes } = take();
  const { drifts, reconciliationId } = await inTenant(async (tx) => {
    await meterEgress(tx, { provider: connection.provider, bytes, at });
    const drifts = await forgetDrifts(tx, connection.provider, found, facts);
    return { drifts, reconciliationId: await storeCheck(tx, { connectionId, day, totals, points, drifts, at }) };
  });
  return { reconciliationId, status: drifts.length === 0 ? 'agrees' : 'drifts', ...totals, points, drifts };
}

interface ReadConnection extends AskedConnection {
  span: Span;
  /** Of the organization at that provider. Of several, nobody knows which one an object is of that none lists. */
  isOnly: boolean;
}

async function readConnection(tx: TenantTransaction, connectionId: string, day: string): Promise<ReadConnection> {
  const [row] = await tx.query<Omit<ReadConnection, 'span'> & Span>(
    `select c.org_id as "orgId", c.id as "connectionId", c.provider, c.account_ref as "accountRef",
       ($3::date)::timestamp at time zone o.time_zone as "from", ($3::date + 1)::timestamp at time zone o.time_zone as "to",
       not exists (select from sync.connections s where s.org_id = $1 and s.provider = c.provider and s.id <> c.id) as "isOnly"
     from sync.connections c join identity.organizations o on o.id = c.org_id
     where c.org_id = $1 and c.id = $2 and c.status = 'active'`,
    [tx.orgId, connectionId, day],
  );
  if (row === undefined) throw new AppError('not_found', 'No such active connection.');
  const { from, to, ...connection } = row;
  return { ...connection, span: { from, to } };
}

function isAmong(listed: readonly Compared[]) {
  const keys = new Set(listed.map((one) => keyOf(refOf(one))));
  return ({ compared }: Held) => keys.has(keyOf(refOf(compared)));
}

/** A provider that lacks more than this is broken itself, or was asked for the wrong account. */
const mostQuestions = 50;

/**
 * What we hold and the provider did not list, or listed older, may have come since: it is asked for. What is then still missing is missing
 * there. By a pseudonym nothing is asked.
 */
async function askAgain(
  source: DaySource,
  call: RecordedCall['call'],
  { listed, held, pseudonyms }: Pick<Sides, 'listed' | 'held' | 'pseudonyms'>,
): Promise<Compared[]> {
  const there = new Map(listed.map((one) => [keyOf(refOf(one)), one]));
  const doubtful = held.filter(({ compared }) => {
    if (pseudonyms.has(compared.externalId)) return false;
    const version = there.get(keyOf(refOf(compared)))?.version;
    return version === undefined || version < compared.version;
  });
  for (const { compared } of doubtful.slice(0, mostQuestions)) {
    const ref = refOf(compared);
    const facts = (await source.read(call, ref)) ?? [];
    const fresh = facts.filter(isCompared).find((one) => keyOf(refOf(one)) === keyOf(ref));
    if (fresh !== undefined) there.set(keyOf(ref), fresh);
  }
  return [...there.values()];
}

/** Events that wait name objects as the provider does. By the id that an object goes by here. */
async function findWaiting(
  { waitingFor }: CheckDependencies,
  connection: AskedConnection,
  { listed, held, originals }: Pick<Sides, 'listed' | 'held' | 'originals'>,
): Promise<ReadonlyMap<string, string>> {
  const differing = computeDrifts({ listed, held, waiting: new Map() }).map(({ externalId }) => externalId);
  if (differing.length === 0) return new Map();
  const toldAs = new Map(differing.map((id) => [id, originals.get(id) ?? id]));
  const events = await waitingFor(connection, [...toldAs.values()]);
  return new Map(
    [...toldAs].flatMap(([id, original]) => {
      const eventId = events.get(original);
      return eventId === undefined ? [] : [[id, eventId] as const];
    }),
  );
}

function sumPoints(held: readonly Held[]): CheckedDay['points'] {
  const all = held.flatMap(({ points }) => points ?? []);
  if (all.length === 0) return null;
  return all.reduce((sum, { due, posted }) => ({ due: sum.due + due, posted: sum.posted + posted }), {
    due: 0,
    posted: 0,
  });
}
