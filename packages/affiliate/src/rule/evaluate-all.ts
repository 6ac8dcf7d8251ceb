import type { Database } from '@tributary/db/connection';
import { systemStatement, withTenant } from '@tributary/db/transaction';
import { evaluateRules } from './evaluate-rules.ts';

interface EvaluationDependencies {
  worker: Database;
  system: Database;
  now: Date;
  /** Whether there is time for another organization. */
  mayGoOn: () => boolean;
  /** Hears of an organization whose rules could not be evaluated: the others' are. */
  report: (failure: { orgId: string; error: unknown }) => void;
}

interface Evaluated {
  organizations: number;
  raised: number;
  failed: number;
}

const hourMs = 3_600_000;

/** Evaluates the rules of every active organization that has active ones, each in a transaction of its own. */
export async function evaluateAll({
  worker,
  system,
  now,
  mayGoOn,
  report,
}: EvaluationDependencies): Promise<Evaluated> {
  const done: Evaluated = { organizations: 0, raised: 0, failed: 0 };
  const ruled = await systemStatement<{ orgId: string }>(
    system,
    // Another order each hour, as they are evaluated, so that those whom time does not reach are not always the same.
    `select r.org_id as "orgId" from affiliate.automation_rules r join identity.organizations o on o.id = r.org_id and o.status = 'active'
     where r.status = 'active' group by r.org_id order by hashtextextended(r.org_id::text, $1::bigint)`,
    [Math.floor(now.getTime() / hourMs)],
  );
  for (const { orgId } of ruled) {
    if (!mayGoOn()) break;
    try {
      const { raised } = await withTenant({ database: worker, orgId }, (tx) => evaluateRules(tx, { now }));
      done.organizations += 1;
      done.raised += raised;
    } catch (error) {
      done.failed += 1;
      report({ orgId, error });
    }
  }
  return done;
}
