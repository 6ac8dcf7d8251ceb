import { recordAudit } from '@tributary/audit/record';
import { withSystem } from '@tributary/db/transaction';
import type { ConnectContext } from './authorization.ts';
import { connect } from './connect.ts';
import type { AlsoConnect } from './connect-accounts.ts';

interface UnpulledAccount {
  provider: string;
  accountRef: string;
  name: string | null;
  also: AlsoConnect;
}

/**
 * Connects an account that nothing lets us into: what it has is brought to us, and no schedule pulls from it. Connecting it again keeps
 * the connection. @throws AppError `account_already_connected`; `plan_limit_reached`; `unavailable`, and what `also` throws
 */
export async function connectUnpulled(
  { system, orgId, subject, client }: Pick<ConnectContext, 'system' | 'orgId' | 'subject' | 'client'>,
  { provider, accountRef, name, also }: UnpulledAccount,
): Promise<string> {
  return withSystem(system, async (tx) => {
    const { connectionId } = await connect(tx, { orgId, provider, accountRef, name });
    await tx.query('update sync.connections set pulled = false where org_id = $1 and id = $2', [orgId, connectionId]);
    const ofOrganization = { query: tx.query, orgId };
    const target = { targetType: 'connection', targetId: connectionId } as const;
    const after = { provider, accountRef };
    await recordAudit(ofOrganization, { actor: subject, client, action: 'connection.connect', ...target, after });
    await also(ofOrganization, connectionId);
    return connectionId;
  });
}
