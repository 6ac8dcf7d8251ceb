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

/** Records what somebody did, in the transaction that does it: both are there or neither. */
export async function recordAudit(
  tx: Pick<TenantTransaction, 'query' | 'orgId'>,
  { actor, action, targetType, targetId, reason, before, after }: AuditEntry,
): Promise<void> {
  await tx.query(
    `insert into audit.records (org_id, actor, action, target_type, target_id, reason, before, after)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [tx.orgId, actor, action, targetType, targetId, reason ?? null, toJsonb(before), toJsonb(after)],
  );
}

const toJsonb = (state: AuditState | undefined) => (state === undefined ? null : JSON.stringify(state));
