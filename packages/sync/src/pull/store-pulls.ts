import type { Pull } from '@tributary/core/provider-call';
import type { WalkPosition } from '@tributary/core/pull-source';
import type { TenantTransaction } from '@tributary/db/transaction';
import { redactPulls } from '@tributary/privacy/redact-pulls';

/** What made us ask: an event that only hinted, a page of a walk, or an object on which we differ with the provider. */
export type PullCause = { eventId: string } | { streamId: string; position: WalkPosition } | { driftId: string };

interface PullOrigin {
  connectionId: string;
  provider: string;
  resource: string;
  cause: PullCause;
}

/** What was answered to one of them. */
interface Answered extends PullOrigin {
  pulls: readonly Pull[];
}

/** Keeps what a provider answered, byte for byte, but for what it says of erased subjects. One statement. */
export function storePulls(tx: TenantTransaction, origin: PullOrigin, pulls: readonly Pull[]): Promise<void> {
  return storeAnswers(tx, [{ ...origin, pulls }]);
}

/** `storePulls` for several that were asked, of any providers. One statement, whatever the number. */
export async function storeAnswers(tx: TenantTransaction, answered: readonly Answered[]): Promise<void> {
  const asTold = answered.flatMap(({ pulls, ...origin }) => pulls.map((pull) => ({ ...pull, ...origin })));
  if (asTold.length === 0) return;
  const kept = [];
  for (const [provider, pulls] of Map.groupBy(asTold, ({ provider }) => provider))
    kept.push(...(await redactPulls(tx, provider, pulls)).pulls);
  const causes = kept.map(({ cause }) => ({ ...noCause, ...cause }));
  await tx.query(
    `insert into sync.pulls (org_id, connection_id, resource, event_id, stream_id, drift_id, position, request, fetched_at, body, redacted_at)
     select $1, p.connection_id, p.resource, p.event_id, p.stream_id, p.drift_id, p.position, p.request, p.fetched_at,
       decode(p.body, 'base64'), p.redacted_at
     from unnest($2::uuid[], $3::text[], $4::uuid[], $5::uuid[], $6::uuid[], $7::jsonb[], $8::text[], $9::timestamptz[], $10::text[],
       $11::timestamptz[]) with ordinality as p (connection_id, resource, event_id, stream_id, drift_id, position, request, fetched_at,
       body, redacted_at, ord) order by p.ord`,
    [
      tx.orgId,
      kept.map(({ connectionId }) => connectionId),
      kept.map(({ resource }) => resource),
      causes.map(({ eventId }) => eventId),
      causes.map(({ streamId }) => streamId),
      causes.map(({ driftId }) => driftId),
      causes.map(({ position }) => (position === null ? null : JSON.stringify(position))),
      kept.map(({ request }) => request),
      kept.map(({ fetchedAt }) => fetchedAt),
      kept.map(({ body }) => Buffer.from(body).toString('base64')),
      kept.map(({ isRedacted, fetchedAt }) => (isRedacted ? fetchedAt : null)),
    ],
  );
}

const noCause: { eventId: null; streamId: null; driftId: null; position: null } = {
  eventId: null,
  streamId: null,
  driftId: null,
  position: null,
};
