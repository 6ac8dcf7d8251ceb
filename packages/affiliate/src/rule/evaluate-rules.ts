import type { TenantTransaction } from '@tributary/db/transaction';
import { Temporal } from 'temporal-polyfill';
import { raiseDisagreements, raiseFailedSyncs } from './raise-connections.ts';
import { raiseMetrics } from './raise-metrics.ts';
import { raiseRestated } from './raise-restated.ts';
import type { RuleTerms } from './rule-terms.ts';

interface Evaluation {
  now: Date;
  /** Whose roll-ups were computed anew (YYYY-MM-DD): only windows with one of them are looked at. All when left out. */
  days?: readonly string[];
}

/**
 * Raises the alerts of all active rules of the organization, a statement per kind of rule there is, as the worker login. One evaluation of
 * an organization at a time; doing it again raises nothing more. To be called behind the roll-ups, in their transaction or later, and
 * from time to time for what happens without a fact: a sync that fails, a day that brings nothing.
 */
export async function evaluateRules(tx: TenantTransaction, { now, days }: Evaluation): Promise<{ raised: number }> {
  const active = await tx.query<{ kind: RuleTerms['kind']; timeZone: string }>(
    `select distinct r.kind, o.time_zone as "timeZone" from affiliate.automation_rules r join identity.organizations o on o.id = $1
     where r.org_id = $1 and r.status = 'active'`,
    [tx.orgId],
  );
  if (active.length === 0) return { raised: 0 };
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('affiliate.alerts:' || $1, 0))`, [tx.orgId]);
  let raised = 0;
  for (const { kind, timeZone } of active) {
    raised += await raise[kind](tx, { now, yesterday: dayBefore(now, timeZone), days: days ?? null });
  }
  return { raised };
}

interface Asked {
  now: Date;
  yesterday: string;
  days: readonly string[] | null;
}

const raise: Readonly<Record<RuleTerms['kind'], (tx: TenantTransaction, asked: Asked) => Promise<number>>> = {
  metric: raiseMetrics,
  restated: (tx, { now }) => raiseRestated(tx, now),
  sync_failed: (tx, { now }) => raiseFailedSyncs(tx, now),
  commission_disagrees: (tx, { now, yesterday }) => raiseDisagreements(tx, now, yesterday),
};

/** The last day that has ended in a zone; in UTC for a zone that is none. */
function dayBefore(now: Date, timeZone: string): string {
  const at = Temporal.Instant.fromEpochMilliseconds(now.getTime());
  return zonedDay(at, timeZone).subtract({ days: 1 }).toString();
}

function zonedDay(at: Temporal.Instant, timeZone: string): Temporal.PlainDate {
  try {
    return at.toZonedDateTimeISO(timeZone).toPlainDate();
  } catch (error) {
    if (error instanceof RangeError) return at.toZonedDateTimeISO('UTC').toPlainDate();
    throw error;
  }
}
