import type { Json } from '@tributary/core/canonical-json';
import type { Client } from '@tributary/core/client';
import type { TenantTransaction } from '@tributary/db/transaction';
import type { Acting } from './acting.ts';
import type { AuditAction, AuditTarget } from './actions.ts';
import { refuseSecrets, refuseSecretText } from './refuse-secrets.ts';

/** What an action changes, by name. No secrets, nothing by which to reach a person. */
export type AuditState = { readonly [name: string]: Json };

export interface AuditEntry extends Acting {
  /** To be said, although nobody's request may be behind it. */
  client: Client | undefined;
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

/**
 * Records what somebody did, in the transaction that does it: both are there or neither. At its commit the record becomes the next link
 * of the organization's chain (migration 0022).
 * @throws TypeError, AppError as `refuseSecrets`
 */
export async function recordAudit(
  tx: Pick<TenantTransaction, 'query' | 'orgId'>,
  { actor, client, action, targetType, targetId, reason, before, after }: AuditEntry,
): Promise<void> {
  if (reason !== undefined) refuseSecretText(reason);
  await tx.query(
    `insert into audit.records (org_id, actor, action, target_type, target_id, reason, before, after, ip, user_agent)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    [
      ...[tx.orgId, actor, action, targetType, targetId, reason ?? null, toJsonb(before), toJsonb(after)],
      ...[client?.address ?? null, client?.userAgent ?? null],
    ],
  );
}

function toJsonb(state: AuditState | undefined): string | null {
  if (state === undefined) return null;
  refuseSecrets(state);
  return JSON.stringify(state);
}
