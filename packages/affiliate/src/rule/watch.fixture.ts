import type { DailyStats } from '@tributary/core/daily-stats';
import { withTenant } from '@tributary/db/transaction';
import type { TestDatabase } from '@tributary/testing/database';
import type * as z from 'zod';
import { openProgramme, type Programme } from '../account/programme.fixture.ts';
import { recomputeDirty } from '../rollup/recompute-dirty.ts';
import { createRule, type createRuleInput } from './create-rule.ts';
import { evaluateRules } from './evaluate-rules.ts';

type RuleInput = z.input<typeof createRuleInput>;

/** An alert without its ids and times. */
interface Raised {
  scope: string;
  window: string;
  status: string;
  finding: Record<string, unknown>;
}

/** An organization with one account, rules that somebody made, and the alerts they raised. */
export interface Watch extends Programme {
  /** Makes a rule. Of the organization and never silent, unless told. */
  rule(terms: RuleInput['terms'], told?: Partial<RuleInput>, at?: string): Promise<string>;
  /** Applies what the network says of days, and of no other. */
  tell(days: Readonly<Record<string, Partial<DailyStats>>>, at: string): Promise<void>;
  /** Brings the roll-ups up to date and evaluates the rules, as the worker does. @returns how many alerts were raised */
  evaluate(at: string, days?: readonly string[]): Promise<number>;
  raised(): Promise<Raised[]>;
}

export async function openWatch(database: TestDatabase, orgId?: string): Promise<Watch> {
  const programme = await openProgramme(database, orgId === undefined ? {} : { orgId });
  const { row, apply } = programme;
  const inTenant = { orgId: programme.orgId };
  const asWorker = { database: database.worker, ...inTenant };
  return {
    ...programme,
    rule: async (terms, told = {}, at = '2026-01-01T00:00:00Z') => {
      const rule = { name: 'watch', scope: { kind: 'organization' as const }, coolDownHours: 0, ...told, terms };
      const made = await withTenant({ database: database.api, ...inTenant }, (tx) =>
        createRule({ tx, actor: 'owner', now: new Date(at) }, rule),
      );
      return made.id;
    },
    tell: async (days, at) => {
      for (const [day, told] of Object.entries(days)) await apply({ from: day, to: day }, [row(day, told)], at);
    },
    evaluate: (at, days) =>
      withTenant(asWorker, async (tx) => {
        await recomputeDirty(tx, { atMost: 1000 });
        const { raised } = await evaluateRules(tx, { now: new Date(at), ...(days && { days }) });
        return Number(raised);
      }),
    raised: async () => {
      const { rows } = await database.superuser.query(
        `select dimension || ':' || scope_value as scope, window_from || '/' || window_to as window, status, finding
         from affiliate.alerts where org_id = $1 order by raised_at, 1, 2, occasion`,
        [programme.orgId],
      );
      return rows;
    },
  };
}

/** As many days from one on, each with the same figures. */
export function eachDay(from: string, count: number, told: Partial<DailyStats>): Record<string, Partial<DailyStats>> {
  const start = Date.parse(`${from}T00:00:00Z`);
  const days = Array.from({ length: count }, (_, at) => new Date(start + at * 86_400_000).toISOString().slice(0, 10));
  return Object.fromEntries(days.map((day) => [day, told]));
}
