import { showId } from '@tributary/core/ids';
import { and, eq, sql } from 'drizzle-orm';
import * as z from 'zod';
import { connectedName } from './connect.ts';
import { connections, credentials } from './connection.sql.ts';

const scopes = z
  .strictObject({
    asked: z.array(z.string()),
    granted: z.array(z.string()).nullable().describe('Null when the provider does not say.'),
    missing: z.array(z.string()).describe('Asked for and not granted: what they are for will not arrive.'),
  })
  .describe('What we may do there.');

export const connection = z
  .strictObject({
    id: z.string(),
    provider: connectedName.describe('A provider, or an affiliate network by its slug.'),
    accountRef: z.string().describe("The provider's id of the merchant or organisation."),
    name: z.string().nullable(),
    region: z.string().nullable(),
    status: z.enum(['active', 'paused', 'needs_reconnect', 'disconnected', 'error']),
    reason: z.string().nullable().describe('Why it has to be connected again.'),
    connectedAt: z.iso.datetime(),
    disconnectedAt: z.iso.datetime().nullable(),
    lastSuccessAt: z.iso.datetime().nullable().describe('When all of it was last pulled.'),
    lagSeconds: z
      .int()
      .nonnegative()
      .nullable()
      .describe('How old what we have may be at most, without webhooks. Null until every list was pulled once.'),
    nextRunAt: z.iso.datetime().nullable(),
    failures: z.int().nonnegative().describe('Runs in a row that failed.'),
    scopes,
  })
  .meta({ id: 'Connection', description: 'An account at a provider that lets us in.' });

export type Connection = z.infer<typeof connection>;

/**
 * Since when we may have missed something in what is still walked. A list is known up to its watermark, or, where nothing has changed since,
 * up to when it was last walked to its end. Null when one of them never was.
 */
const knownUntil = sql<Date | null>`(
  select case when count(*) = count(coalesce(s.watermark, s.walked_at)) then min(greatest(s.watermark, s.walked_at)) end from sync.streams s
  where s.org_id = ${connections.orgId} and s.connection_id = ${connections.id} and s.status = 'active'
)`.mapWith(connections.connectedAt);

/** What is selected to show a connection, and the left join it takes. */
export const connectionColumns = {
  id: connections.id,
  provider: connections.provider,
  accountRef: connections.accountRef,
  name: connections.name,
  status: connections.status,
  connectedAt: connections.connectedAt,
  disconnectedAt: connections.disconnectedAt,
  lastSuccessAt: connections.lastSuccessAt,
  nextRunAt: connections.nextRunAt,
  failures: connections.failures,
  region: credentials.region,
  credentialReason: credentials.reason,
  scopesAsked: credentials.scopesAsked,
  scopesGranted: credentials.scopesGranted,
  knownUntil,
};
export const itsCredential = and(
  eq(credentials.orgId, connections.orgId),
  eq(credentials.id, connections.credentialId),
);

export interface ConnectionRow {
  id: string;
  provider: Connection['provider'];
  accountRef: string;
  name: string | null;
  status: Connection['status'];
  connectedAt: Date;
  disconnectedAt: Date | null;
  lastSuccessAt: Date | null;
  nextRunAt: Date | null;
  failures: number;
  region: string | null;
  credentialReason: string | null;
  scopesAsked: string[] | null;
  scopesGranted: string[] | null;
  knownUntil: Date | null;
}

export function serializeConnection(row: ConnectionRow, now: Date): Connection {
  const { credentialReason, scopesAsked, scopesGranted, knownUntil, ...shown } = row;
  const asked = scopesAsked ?? [];
  const missing = scopesGranted === null ? [] : asked.filter((scope) => !scopesGranted.includes(scope));
  return {
    ...shown,
    id: showId('connection', row.id),
    // A set that still renews, and does not open this account: refused by the account itself.
    reason: row.status === 'needs_reconnect' ? (credentialReason ?? 'access_refused') : null,
    connectedAt: row.connectedAt.toISOString(),
    disconnectedAt: row.disconnectedAt?.toISOString() ?? null,
    lastSuccessAt: row.lastSuccessAt?.toISOString() ?? null,
    nextRunAt: row.nextRunAt?.toISOString() ?? null,
    lagSeconds: row.status === 'disconnected' ? null : secondsSince(knownUntil, now),
    scopes: { asked, granted: scopesGranted, missing },
  };
}

function secondsSince(then: Date | null, now: Date): number | null {
  // A watermark is by the provider's clock, which may be ahead of ours.
  return then === null ? null : Math.max(0, Math.floor((now.getTime() - then.getTime()) / 1000));
}
