import { recordAudit } from '@tributary/audit/record';
import { AppError, type ErrorCode } from '@tributary/core/errors';
import { withTenant } from '@tributary/db/transaction';
import { type ConnectContext, hashState } from './authorization.ts';

/** What was asked for when it began. */
export interface UsedAuthorization {
  region: string | null;
  scopes: string[];
}

interface Found extends UsedAuthorization {
  outcome: 'begun' | keyof typeof refusals;
}

const refusals = {
  unknown: ['authorization_unknown', 'You have not begun to connect this. Begin again.'],
  used: ['authorization_used', 'This authorisation was used before. Begin again.'],
  expired: ['authorization_expired', 'This took more than ten minutes. Begin again.'],
} as const satisfies Record<string, [ErrorCode, string]>;

// Taken by one alone: who comes at the same moment waits for the row and finds it used, though the list below still shows it unused.
const useStatement = `with used as (
    update sync.authorizations set used_at = $5
    where org_id = $1 and state_hash = $2 and provider = $3 and subject = $4 and used_at is null and expires_at > $5
    returning region, scopes
  )
  select 'begun' as outcome, region, scopes from used
  union all
  select case when a.used_at is null and a.expires_at <= $5 then 'expired' else 'used' end, a.region, a.scopes
  from sync.authorizations a
  where a.org_id = $1 and a.state_hash = $2 and a.provider = $3 and a.subject = $4 and not exists (select from used)`;

/**
 * Uses up a state, in one statement, and records that an authorisation was brought back with it, unless it was refused there. A state of
 * somebody else, of another organization or provider is as unknown as one that never was.
 * @throws AppError `authorization_unknown`, `authorization_used`, `authorization_expired`
 */
export async function useAuthorization(
  { api, orgId, subject, client, clock }: ConnectContext,
  { provider, state, isRefused }: { provider: string; state: string; isRefused: boolean },
): Promise<UsedAuthorization> {
  const found = await withTenant({ database: api, orgId }, async (tx) => {
    const [row] = await tx.query<Found>(useStatement, [orgId, hashState(state), provider, subject, clock()]);
    if (row?.outcome === 'begun' && !isRefused) {
      const organization = { targetType: 'organization', targetId: orgId } as const;
      const after = { provider, region: row.region };
      await recordAudit(tx, { actor: subject, client, action: 'connection.authorize', ...organization, after });
    }
    return row;
  });
  if (found?.outcome === 'begun') return { region: found.region, scopes: found.scopes };
  const [code, message] = refusals[found?.outcome ?? 'unknown'];
  throw new AppError(code, message);
}
