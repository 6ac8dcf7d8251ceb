import { AppError, PermanentFailure } from '@tributary/core/errors';
import { ProviderError } from '@tributary/core/provider-error';
import { withTenant } from '@tributary/db/transaction';
import { type CheckDependencies, type CheckedDay, checkDay } from './check-day.ts';
import type { DriftCause } from './compute-drifts.ts';

interface DaysToCheck {
  orgId: string;
  /** All that are active unless told. */
  connectionId?: string | undefined;
  /** Business days, `YYYY-MM-DD`, both included. */
  from: string;
  to: string;
}

/** What was found of one day of one connection; `failed` when the provider could not be asked. */
export type DayReport = { connectionId: string; day: string } & (
  | (Omit<CheckedDay, 'drifts'> & { drifts: Partial<Record<DriftCause, number>> })
  | { status: 'failed'; reason: string }
);

/** Checks days of an organization's connections, one after the other. A provider that cannot be asked stops no other's days. */
export async function checkDays(
  dependencies: CheckDependencies,
  { orgId, connectionId, from, to }: DaysToCheck,
): Promise<DayReport[]> {
  const asked = await withTenant({ database: dependencies.worker, orgId }, (tx) =>
    tx.query<{ connectionId: string; day: string }>(
      `select c.id as "connectionId", d.day::date::text as day
       from sync.connections c, generate_series($3::date, $4::date, '1 day') as d (day)
       where c.org_id = $1 and c.status = 'active' and c.id = coalesce($2, c.id) order by c.id, d.day`,
      [orgId, connectionId ?? null, from, to],
    ),
  );
  const reports: DayReport[] = [];
  const failed = new Set<string>();
  for (const one of asked) {
    if (failed.has(one.connectionId)) continue;
    const report = await check(dependencies, { orgId, ...one });
    if (report.status === 'failed') failed.add(one.connectionId);
    reports.push({ ...one, ...report });
  }
  return reports;
}

async function check(dependencies: CheckDependencies, day: Parameters<typeof checkDay>[1]) {
  try {
    const { drifts, ...checked } = await checkDay(dependencies, day);
    const causes: Partial<Record<DriftCause, number>> = {};
    for (const { cause } of drifts) causes[cause] = (causes[cause] ?? 0) + 1;
    return { ...checked, drifts: causes };
  } catch (error) {
    return { status: 'failed' as const, reason: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  if (error instanceof ProviderError) return `provider_${error.kind}`;
  if (error instanceof PermanentFailure) return error.reason;
  if (error instanceof AppError && error.status < 500) return error.code;
  throw error;
}
