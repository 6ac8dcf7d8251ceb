import { type TenantContext, type TenantTransaction, withTenant } from '@tributary/db/transaction';
import { businessDay } from '../transaction/business-day.ts';
import {
  type DailyCounts,
  type DailyStep,
  dailySteps,
  endRewards,
  expirePoints,
  type TakePage,
  type Turn,
} from './daily-steps.ts';

export interface DailyRun {
  /** `YYYY-MM-DD` in the time zone of the organization. */
  day: string;
  now: Date;
}

/**
 * Does what falls due with a day of an organization, as the worker login: everything whose time has come at `now`, so that days which
 * were missed are made up for. Killed at any point it is run again from the beginning; two at once do it once. Pages are transactions
 * of their own.
 * @returns what was done in all, over all attempts; null when the day was finished by another run.
 * @throws Error when the day has not begun there yet.
 */
export async function runDaily(context: TenantContext, { day, now }: DailyRun): Promise<DailyCounts | null> {
  if (!(await withTenant(context, (tx) => begin(tx, day, now)))) return null;
  for (const step of dailySteps) {
    await takePages(context, now, (tx, turn) => takeCountedPage(tx, day, step, turn));
  }
  return withTenant(context, (tx) => finish(tx, day, now));
}

/** Gives back what rewards hold whose time has passed, and takes what expired while it was held. May run at any time. */
export async function expireHeld(context: TenantContext, now: Date): Promise<void> {
  await takePages(context, now, endRewards);
  await takePages(context, now, expirePoints);
}

async function takePages(context: TenantContext, now: Date, takePage: TakePage): Promise<void> {
  let turn: Turn | null = { now, after: null };
  while (turn !== null) {
    const taking: Turn = turn;
    const { after } = await withTenant(context, (tx) => takePage(tx, taking));
    turn = after === null ? null : { now, after };
  }
}

/** Answers whether there is anything to do. */
async function begin(tx: TenantTransaction, day: string, now: Date): Promise<boolean> {
  const [organization] = await tx.query<{ timeZone: string }>(
    'select time_zone as "timeZone" from identity.organizations where id = $1',
    [tx.orgId],
  );
  if (!organization || businessDay(now, organization.timeZone) < day) throw new Error('the day has not begun');
  const open = await tx.query(
    `insert into loyalty.daily_runs as run (org_id, day, started_at) values ($1, $2, $3)
     on conflict (org_id, day) do update set started_at = excluded.started_at where run.finished_at is null
     returning run.day`,
    [tx.orgId, day, now],
  );
  return open.length > 0;
}

/** Counted in the transaction of the work, so that what a killed run did is counted once, too. */
async function takeCountedPage(tx: TenantTransaction, day: string, { counts, takePage }: DailyStep, turn: Turn) {
  // Of two runs one goes at a time. Else one could find the page of the other taken, and take that for the end.
  await tx.query('select from loyalty.daily_runs where org_id = $1 and day = $2 for no key update', [tx.orgId, day]);
  const page = await takePage(tx, turn);
  if (page.count > 0) {
    await tx.query(
      `update loyalty.daily_runs
       set counts = coalesce(counts, '{}') || jsonb_build_object($3::text, coalesce((counts ->> $3::text)::bigint, 0) + $4::bigint)
       where org_id = $1 and day = $2`,
      [tx.orgId, day, counts, page.count],
    );
  }
  return page;
}

/** Of several at once, one has finished it. */
async function finish(tx: TenantTransaction, day: string, now: Date): Promise<DailyCounts | null> {
  const [run] = await tx.query<{ counts: DailyCounts }>(
    `update loyalty.daily_runs set finished_at = $3, counts = coalesce(counts, '{}')
     where org_id = $1 and day = $2 and finished_at is null returning counts`,
    [tx.orgId, day, now],
  );
  return run?.counts ?? null;
}
