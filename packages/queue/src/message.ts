import { providerNames } from '@tributary/core/facts';
import * as z from 'zod';

/** A webhook request as it arrived. `keyId` names the key that proved it, null for an unproven handshake. */
const delivery = z.object({
  kind: z.literal('delivery'),
  v: z.literal(1),
  provider: z.enum(providerNames),
  handshake: z.boolean(),
  receivedAt: z.iso.datetime(),
  /** The URL that went into the signature where a scheme signs one. */
  url: z.string().max(2048),
  headers: z.record(z.string(), z.string()),
  keyId: z.string().max(64).nullable(),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  /** The exact bytes in base64, so that whatever they are passes SQS, which refuses some characters. */
  body: z.base64(),
});

/** Stored events of one organization that are due to be applied. */
const apply = z.object({
  kind: z.literal('apply'),
  v: z.literal(1),
  orgId: z.uuid(),
  eventIds: z.array(z.uuid()).min(1).max(500),
});

/** What travels on the `ingest` queue. */
export const ingestMessage = z.discriminatedUnion('kind', [delivery, apply]);

export type IngestMessage = z.output<typeof ingestMessage>;
export type DeliveryMessage = z.output<typeof delivery>;
export type ApplyMessage = z.output<typeof apply>;

/** A day began in the time zone of an organization: what falls due with it is done. */
const daily = z.object({
  kind: z.literal('daily'),
  v: z.literal(1),
  orgId: z.uuid(),
  day: z.iso.date(),
});

/** The time of something the organization holds has passed. */
const expire = z.object({ kind: z.literal('expire'), v: z.literal(1), orgId: z.uuid() });

/** What travels on the `daily` queue. */
export const dailyMessage = z.discriminatedUnion('kind', [daily, expire]);

export type DailyMessage = z.output<typeof dailyMessage>;

/** A connection is due, or something says that it should be looked at. */
const sync = z.object({
  kind: z.literal('sync'),
  v: z.literal(1),
  orgId: z.uuid(),
  connectionId: z.uuid(),
  trigger: z.enum(['schedule', 'connect', 'sequence_gap', 'reconciliation', 'operator']),
  /** When the schedule had it due: told of twice, it is served once. */
  slot: z.iso.datetime().optional(),
});

const credential = { v: z.literal(1), orgId: z.uuid(), credentialId: z.uuid() };

/** Tokens are to be renewed, or to be ended at the provider and erased. */
const renew = z.object({ kind: z.literal('renew'), ...credential });
const revoke = z.object({ kind: z.literal('revoke'), ...credential });

/** A day of a connection is over: what we hold of it is to be compared with what its provider lists. */
const reconcile = z.object({
  kind: z.literal('reconcile'),
  v: z.literal(1),
  orgId: z.uuid(),
  connectionId: z.uuid(),
  day: z.iso.date(),
});

/** What travels on the `sync` queue. */
export const syncMessage = z.discriminatedUnion('kind', [sync, renew, revoke, reconcile]);

export type SyncMessage = z.output<typeof syncMessage>;

/** What travels on the `audit` queue: the audit chains of all organizations are to be verified, behind that one if there is one. */
export const auditMessage = z.object({ kind: z.literal('verify'), v: z.literal(1), after: z.uuid().nullable() });

export type AuditMessage = z.output<typeof auditMessage>;
