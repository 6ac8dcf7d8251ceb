import type { Database } from '@tributary/db/connection';
import { systemStatement } from '@tributary/db/transaction';

/** Of each kind in one statement. */
const batchSize = 1000;
/** Of each kind at a time: what is left over is found a quarter of an hour later. */
const mostBatches = 10;

/** What is deleted so long after its end. An invitation stays in the list a while, to be sent again. */
const kinds = {
  sessions: { table: 'identity.sessions', keptDays: 0 },
  verifications: { table: 'identity.verifications', keptDays: 0 },
  invitations: { table: 'identity.invitations', keptDays: 30 },
} as const;

export type Swept = Record<keyof typeof kinds, number>;

/**
 * Deletes sessions and tokens that had ended at `at`, and invitations that ended 30 days before, answered or not: the oldest first, a thousand
 * per statement and ten thousand of each kind at most. As the login that knows people.
 * @returns how many of each
 */
export async function sweepExpired(identity: Database, at: Date): Promise<Swept> {
  const swept: Swept = { sessions: 0, verifications: 0, invitations: 0 };
  for (const kind of Object.keys(kinds) as (keyof Swept)[]) {
    for (let batch = 0; batch < mostBatches; batch += 1) {
      const count = await sweepBatch(identity, kind, at);
      swept[kind] += count;
      if (count < batchSize) break;
    }
  }
  return swept;
}

/** Leaves what somebody is working on to the next time. May happen twice: what is gone is not found again. */
async function sweepBatch(identity: Database, kind: keyof Swept, at: Date): Promise<number> {
  const { table, keptDays } = kinds[kind];
  const [gone] = await systemStatement<{ count: number }>(
    identity,
    `with gone as (
       delete from ${table} where ctid = any (array(
         select ctid from ${table} where expires_at <= $1 order by expires_at limit $2 for update skip locked))
       returning 1
     ) select count(*) as count from gone`,
    [new Date(at.getTime() - keptDays * 86_400_000), batchSize],
  );
  return (gone as { count: number }).count;
}
