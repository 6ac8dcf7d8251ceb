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

/** Evaluates the rules of every organization that has active ones, each in a transaction of its own. */
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
    `select distinct org_id as "orgId" from affiliate.automation_rules where status = 'active' order by org_id`,
    [],
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
