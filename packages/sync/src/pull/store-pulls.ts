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

/** Keeps what a provider answered, byte for byte, but for what it says of erased subjects. One statement. */
export async function storePulls(
  tx: TenantTransaction,
  { connectionId, provider, resource, cause }: PullOrigin,
  answers: readonly Pull[],
): Promise<void> {
  if (answers.length === 0) return;
  const { pulls } = await redactPulls(tx, provider, answers);
  const { eventId, streamId, driftId, position } = { ...noCause, ...cause };
  await tx.query(
    `insert into sync.pulls (org_id, connection_id, resource, event_id, stream_id, drift_id, position, request, fetched_at, body, redacted_at)
     select $1, $2, $3, $4, $5, $6, $7, p.request, p.fetched_at, decode(p.body, 'base64'), p.redacted_at
     from unnest($8::text[], $9::timestamptz[], $10::text[], $11::timestamptz[]) with ordinality as p (request, fetched_at, body, redacted_at, ord) order by p.ord`,
    [
      tx.orgId,
      connectionId,
      resource,
      eventId,
      streamId,
      driftId,
      position === null ? null : JSON.stringify(position),
      pulls.map(({ request }) => request),
      pulls.map(({ fetchedAt }) => fetchedAt),
      pulls.map(({ body }) => Buffer.from(body).toString('base64')),
      pulls.map(({ isRedacted, fetchedAt }) => (isRedacted ? fetchedAt : null)),
    ],
  );
}

const noCause: { eventId: null; streamId: null; driftId: null; position: null } = {
  eventId: null,
  streamId: null,
  driftId: null,
  position: null,
};
