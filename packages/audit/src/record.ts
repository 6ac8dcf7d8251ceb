import type { Json } from '@tributary/core/canonical-json';
import type { TenantTransaction } from '@tributary/db/transaction';
import type { AuditAction, AuditTarget } from './actions.ts';

/** What an action changes, by name. No secrets, nothing by which to reach a person. */
export type AuditState = { readonly [name: string]: Json };

export interface AuditEntry {
  /** Who did it: the subject of the token. */
  actor: string;
  action: AuditAction;
  targetType: AuditTarget;
  /** UUID. */
  targetId: string;
  /** In the words of the actor. */
  reason?: string;
  /** As it was, and as it is. */
  before?: AuditState;
  after?: AuditState;
}

/** Records what somebody did, in the transaction that does it: both are there or neither. One statement whatever the number. */
export async function recordAudit(tx: TenantTransaction, entries: AuditEntry | readonly AuditEntry[]): Promise<void> {
  const all: readonly AuditEntry[] = 'action' in entries ? [entries] : entries;
  if (all.length === 0) return;
  await tx.query(
    `insert into audit.records (org_id, actor, action, target_type, target_id, reason, before, after)
     select $1, r.* from unnest($2::text[], $3::text[], $4::text[], $5::uuid[], $6::text[], $7::jsonb[], $8::jsonb[]) as r`,
    [
      tx.orgId,
      all.map(({ actor }) => actor),
      all.map(({ action }) => action),
      all.map(({ targetType }) => targetType),
      all.map(({ targetId }) => targetId),
      all.map(({ reason }) => reason ?? null),
      all.map(({ before }) => toJsonb(before)),
      all.map(({ after }) => toJsonb(after)),
    ],
  );
}

const toJsonb = (state: AuditState | undefined) => (state === undefined ? null : JSON.stringify(state));
