import type { Database } from '@tributary/db/connection';
import { systemStatement, type TenantTransaction, withTenant } from '@tributary/db/transaction';
import { recomputeDirty } from './recompute-dirty.ts';

/** Days that one transaction computes at most: who writes facts of one of them waits for it. */
const daysPerStep = 31;

/** Organizations per invocation. Who is left out has waited longer the next time. */
const mostOrganizations = 5000;

export interface RollUpDependencies {
  worker: Database;
  system: Database;
  /** Whether there is time for another transaction. */
  mayGoOn: () => boolean;
  /** Hears of an organization whose days could not be computed: the others are. Its marks stay. */
  report: (failure: { orgId: string; error: unknown }) => void;
  /** What else follows from days that changed, in the transaction that takes their marks away. */
  follow?: (tx: TenantTransaction, days: readonly string[]) => Promise<unknown>;
}

export interface RolledUp {
  organizations: number;
  days: number;
  failed: number;
}

/**
 * Computes roll-ups of all organizations that have marked days, those that have waited longest first, a step of each in turn, so that one with
 * years of them keeps nobody waiting. Those of suspended organizations keep their marks.
 */
export async function rollUp(dependencies: RollUpDependencies): Promise<RolledUp> {
  const { system, mayGoOn, report } = dependencies;
  const done = { organizations: 0, days: 0, failed: 0 };
  let turn = await findDirty(system);
  done.organizations = turn.length;
  while (turn.length > 0 && mayGoOn()) {
    const unfinished: string[] = [];
    for (const orgId of turn) {
      if (!mayGoOn()) break;
      try {
        const days = await takeStep(dependencies, orgId);
        done.days += days;
        if (days === daysPerStep) unfinished.push(orgId);
      } catch (error) {
        done.failed += 1;
        report({ orgId, error });
      }
    }
    turn = unfinished;
  }
  return done;
}

function takeStep({ worker, follow }: RollUpDependencies, orgId: string): Promise<number> {
  return withTenant({ database: worker, orgId }, async (tx) => {
    const { days } = await recomputeDirty(tx, { atMost: daysPerStep });
    if (days.length > 0) await follow?.(tx, days);
    return days.length;
  });
}

async function findDirty(system: Database): Promise<string[]> {
  const rows = await systemStatement<{ orgId: string }>(
    system,
    `select d.org_id as "orgId" from affiliate.dirty_days d join identity.organizations o on o.id = d.org_id and o.status = 'active'
     group by d.org_id order by min(d.marked_at), d.org_id limit $1`,
    [mostOrganizations],
  );
  return rows.map(({ orgId }) => orgId);
}
