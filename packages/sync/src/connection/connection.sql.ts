import { amount, id, instant, orgId } from '@tributary/db/columns';
import { integer, pgSchema, text, uuid } from 'drizzle-orm/pg-core';

// What is shown of them. The tokens are not among the columns: a select of everything must not bring them.
const sync = pgSchema('sync');

export const connections = sync.table('connections', {
  orgId: orgId(),
  id: id(),
  provider: text('provider').notNull(),
  accountRef: text('account_ref').notNull(),
  name: text('name'),
  status: text('status', { enum: ['active', 'paused', 'needs_reconnect', 'disconnected', 'error'] }).notNull(),
  credentialId: uuid('credential_id'),
  connectedAt: instant('connected_at').notNull(),
  disconnectedAt: instant('disconnected_at'),
  nextRunAt: instant('next_run_at'),
  lastSuccessAt: instant('last_success_at'),
  failures: integer('failures').notNull(),
});

export const credentials = sync.table('credentials', {
  orgId: orgId(),
  id: id(),
  region: text('region'),
  status: text('status').notNull(),
  reason: text('reason'),
  scopesAsked: text('scopes_asked').array().notNull(),
  scopesGranted: text('scopes_granted').array(),
});

export const runs = sync.table('runs', {
  orgId: orgId(),
  id: id(),
  connectionId: uuid('connection_id').notNull(),
  trigger: text('trigger', { enum: ['schedule', 'connect', 'sequence_gap', 'reconciliation', 'operator'] }).notNull(),
  status: text('status', { enum: ['running', 'success', 'partial', 'failed'] }).notNull(),
  reason: text('reason'),
  pages: integer('pages').notNull(),
  objects: integer('objects').notNull(),
  changed: integer('changed').notNull(),
  bytes: amount('bytes').notNull(),
  startedAt: instant('started_at').notNull(),
  finishedAt: instant('finished_at'),
  failedWindows: text('failed_windows').array().notNull(),
  requestId: text('request_id'),
});
