import type { Acting } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { AppError } from '@tributary/core/errors';
import { verb } from '@tributary/core/verb';
import type { Transaction } from '@tributary/db/transaction';
import * as z from 'zod';
import { decision, transitions, type UserStatus } from './status.ts';

const decideInput = z.strictObject({
  userId: z.uuid(),
  decision,
  reason: z.string().trim().min(1).max(500).describe('For the platform alone.'),
});

interface DecidingContext extends Acting {
  /** Of the login that knows people. */
  tx: Transaction;
  now: Date;
}

export interface Decided {
  userId: string;
  status: UserStatus;
  /** How many of the user's sessions ended with it. */
  sessionsEnded: number;
}

/**
 * Approves, suspends or reinstates a user. Who is suspended is signed out everywhere with it; tokens they have end within minutes. Each of
 * their organizations finds it in its record, without the reason, which is the platform's.
 * @throws AppError `not_found`; `conflict` from a state that does not lead there
 */
export const decideOnUser = verb(
  decideInput,
  async (context: DecidingContext, { userId, decision, reason }): Promise<Decided> => {
    const { tx, actor, now } = context;
    const { from, to } = transitions[decision];
    const before = await lockStatus(tx, userId);
    if (!from.includes(before)) throw new AppError('conflict', `To ${decision} is not for a user who is ${before}.`);
    await tx.query('update identity.users set status = $2, updated_at = $3 where id = $1', [userId, to, now]);
    const ended = to === 'active' ? [] : await endSessions(tx, userId);
    await tx.query(
      `insert into identity.status_changes (user_id, actor, from_status, to_status, reason, created_at)
       values ($1, $2, $3, $4, $5, $6)`,
      [userId, actor, before, to, reason, now],
    );
    await recordEverywhere(context, userId, {
      action: `user.${decision}`,
      before: { status: before },
      after: { status: to },
    });
    return { userId, status: to, sessionsEnded: ended.length };
  },
);

/** For update: a session that is being begun waits, and is refused then, or is there to be ended (migration 0025). */
async function lockStatus(tx: Transaction, userId: string): Promise<UserStatus> {
  const [user] = await tx.query<{ status: UserStatus }>('select status from identity.users where id = $1 for update', [
    userId,
  ]);
  if (!user) throw new AppError('not_found', 'No such user.');
  return user.status;
}

const endSessions = (tx: Transaction, userId: string) =>
  tx.query('delete from identity.sessions where user_id = $1 returning id', [userId]);

/** One after the other, in the order of their ids: each record is written as its organization, and their heads are locked in that order. */
async function recordEverywhere(
  { tx, actor, client }: DecidingContext,
  userId: string,
  entry: Pick<Parameters<typeof recordAudit>[1], 'action' | 'before' | 'after'>,
): Promise<void> {
  const organizations = await tx.query<{ orgId: string }>(
    'select org_id as "orgId" from identity.members where user_id = $1 order by org_id',
    [userId],
  );
  for (const { orgId } of organizations) {
    await tx.query(`select set_config('app.org_id', $1, true)`, [orgId]);
    const target = { targetType: 'user', targetId: userId } as const;
    await recordAudit({ query: tx.query, orgId }, { actor, client, ...entry, ...target });
  }
}
