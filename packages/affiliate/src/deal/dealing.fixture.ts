import type { DailyStats } from '@tributary/core/daily-stats';
import { readId, showId } from '@tributary/core/ids';
import { type TenantTransaction, withTenant } from '@tributary/db/transaction';
import type { TestDatabase } from '@tributary/testing/database';
import { openProgramme, type Programme } from '../account/programme.fixture.ts';
import { recomputeDirty } from '../rollup/recompute-dirty.ts';
import { addVersion } from './add-version.ts';
import { createDeal } from './create-deal.ts';
import { endDeal } from './end-deal.ts';
import { recomputeDeals } from './recompute-deals.ts';

type NewDeal = Parameters<typeof createDeal>[1];

/** In the middle of November: months up to it are there. */
export const mid = new Date('2026-11-15T12:00:00Z');

/** An affiliate with a programme, and its deals. */
export class Dealing {
  readonly programme: Programme;
  private readonly database: TestDatabase;

  constructor(database: TestDatabase, programme: Programme) {
    this.database = database;
    this.programme = programme;
  }

  static async open(database: TestDatabase, orgId?: string): Promise<Dealing> {
    return new Dealing(database, await openProgramme(database, orgId === undefined ? {} : { orgId }));
  }

  /** Another account at the same network. */
  beside(): Promise<Dealing> {
    return Dealing.open(this.database, this.programme.orgId);
  }

  get context() {
    return { database: this.database.api, orgId: this.programme.orgId };
  }

  run<Result>(work: (tx: TenantTransaction) => Promise<Result>, login: 'api' | 'worker' = 'api'): Promise<Result> {
    return withTenant({ database: this.database[login], orgId: this.programme.orgId }, work);
  }

  create(said: Pick<NewDeal, 'terms'> & Partial<NewDeal>) {
    return this.run((tx) => this.createIn(tx, said));
  }

  createIn(tx: TenantTransaction, said: Pick<NewDeal, 'terms'> & Partial<NewDeal>) {
    const connectionId = showId('connection', this.programme.connectionId);
    const input = { connectionId, name: 'Deal', startsOn: '2026-09-01', ...said };
    return createDeal({ tx, actor: 'ann', client: undefined, now: mid }, input);
  }

  change(dealId: string, effectiveFrom: string, terms: NewDeal['terms']) {
    const input = { dealId, effectiveFrom, terms };
    return this.run((tx) => addVersion({ tx, actor: 'ann', client: undefined, now: mid }, input));
  }

  end(dealId: string, endsOn: string) {
    return this.run((tx) => endDeal({ tx, actor: 'ann', client: undefined, now: mid }, { dealId, endsOn }));
  }

  /** The network says this of days, and nothing else of the window from the first to the last. */
  async tell(...told: ({ day: string } & Partial<DailyStats>)[]): Promise<void> {
    const days = told.map(({ day }) => day).toSorted();
    const window = { from: days[0] ?? '', to: days.at(-1) ?? '' };
    const rows = told.map(({ day, ...rest }) => this.programme.row(day, rest));
    await this.programme.apply(window, rows, mid.toISOString());
  }

  /** As the schedule does: takes the marks of changed days away, and computes what they change. */
  settle(now = mid): Promise<{ written: number }> {
    return this.run(async (tx) => {
      const { days } = await recomputeDirty(tx, { atMost: 1000 });
      return recomputeDeals(tx, { days, now });
    }, 'worker');
  }

  /** Until a session waits for a lock, or nobody is left to. */
  async untilWaiting(isOver: () => boolean): Promise<void> {
    for (;;) {
      const { rows } = await this.database.superuser.query(
        `select count(*)::int as waiting from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
      );
      if (rows[0].waiting > 0 || isOver()) return;
    }
  }

  /** Months of a deal, or of all deals of the organization, as they are stored: each by its deal and month. */
  async months(dealId?: string): Promise<Record<string, unknown>[]> {
    const { rows } = await this.database.superuser.query(
      `select to_char(month, 'YYYY-MM') as month, earned_minor::float8 as earned, opening_minor::float8 as opening,
         pooled_minor::float8 as pooled, closing_minor::float8 as closing, payable_minor::float8 as payable,
         reported_minor::float8 as reported, payable_on::text as "payableOn", first_version as first, last_version as last, xmin::text as written
       from affiliate.deal_months where org_id = $1 and ($2::uuid is null or deal_id = $2) order by deal_id, month`,
      [this.programme.orgId, dealId === undefined ? null : readId('deal', dealId)],
    );
    return rows;
  }

  /** The same without what tells when each was written. */
  async figures(dealId?: string): Promise<Record<string, unknown>[]> {
    return (await this.months(dealId)).map(({ written: _, ...month }) => month);
  }

  /** One of the figures, month by month. */
  async column(name: string, dealId?: string): Promise<unknown[]> {
    return (await this.months(dealId)).map((month) => month[name]);
  }
}
