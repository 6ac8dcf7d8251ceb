import { openProgramme } from '@tributary/affiliate/account/programme.fixture';
import { startEcbSandbox } from '@tributary/sandbox/ecb/ecb-simulator';
import type { TestDatabase } from '@tributary/testing/database';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type LogLine, openCronWorker } from './cron.fixture.ts';

type Ecb = Awaited<ReturnType<typeof startEcbSandbox>>;

describe('the cron that loads exchange rates', () => {
  let database: TestDatabase;
  let ecb: Ecb;
  let handler: typeof import('./rates.ts').handler;
  let lines: LogLine[];

  beforeAll(async () => {
    vi.useFakeTimers({ toFake: ['Date'], now: new Date('2026-11-20T18:00:00Z') });
    ({ database, lines } = await openCronWorker());
    ecb = await startEcbSandbox();
    vi.stubEnv('ECB_ENVIRONMENT', ecb.url);
    ({ handler } = await import('./rates.ts'));
  });
  beforeEach(async () => {
    lines.length = 0;
    ecb.faults.clear();
    vi.setSystemTime(new Date('2026-11-20T18:00:00Z'));
    await database.superuser.query('truncate ref.exchange_rates');
  });
  afterAll(() => ecb.stop());

  const run = (remainingMs = () => 300_000) => handler(undefined, { getRemainingTimeInMillis: remainingMs });
  const logged = (event: string) => lines.filter((line) => line.event === event);
  const asked = () => ecb.simulation.requests().map(({ path }) => path.replace('/stats/eurofxref/eurofxref-', ''));
  const days = async () =>
    (await database.superuser.query('select distinct day::text from ref.exchange_rates order by day')).rows.map(
      ({ day }) => day,
    );

  it('loads all of the past at first, then nothing until there is something new, and then a day', async () => {
    const from = asked().length;
    expect((await run()).loaded).toBeGreaterThan(20_000);
    expect((await days()).at(0)).toBe('2023-11-16');
    expect(await run()).toEqual({ loaded: 0, rewritten: 0 });
    vi.setSystemTime(new Date('2026-11-23T18:00:00Z'));
    expect((await run()).loaded).toBe(30);
    vi.setSystemTime(new Date('2026-11-24T18:00:00Z'));
    expect((await run()).loaded).toBe(30);
    expect(asked().slice(from)).toEqual([
      'daily.xml',
      'hist.xml',
      'daily.xml',
      'daily.xml',
      'hist-90d.xml',
      'daily.xml',
    ]);
  });

  it.each([
    ['a week', '2026-11-27T18:00:00Z'],
    ['half a year', '2027-05-20T18:00:00Z'],
  ])('closes a gap of %s: there is every day of it', async (_, time) => {
    await run();
    vi.setSystemTime(new Date(time));
    await run();
    const gapless = await days();
    await database.superuser.query('truncate ref.exchange_rates');
    await run();
    const fresh = await days();
    expect(gapless.filter((day) => day >= (fresh[0] ?? ''))).toEqual(fresh);
  });

  it('brings facts up to the rates that came, those of an account that fails aside', async () => {
    const [one, other] = [
      await openProgramme(database, { currency: 'USD' }),
      await openProgramme(database, { currency: 'USD' }),
    ];
    for (const { apply, row } of [one, other]) {
      await apply(
        { from: '2026-11-18', to: '2026-11-18' },
        [row('2026-11-18', { ngrMinor: 100 })],
        '2026-11-20T18:00:00Z',
      );
    }
    await database.superuser.query(
      `create function refuse() returns trigger language plpgsql as $$ begin raise exception 'no'; end $$`,
    );
    await database.superuser.query(
      `create trigger refuse before update on affiliate.stats_daily for each row when (old.org_id = '${one.orgId}') execute function refuse()`,
    );
    expect((await run()).rewritten).toBe(1);
    await database.superuser.query('drop trigger refuse on affiliate.stats_daily');
    expect(logged('base_not_derived')).toMatchObject([{ level: 'ERROR', orgId: one.orgId }]);
    expect(await other.facts()).toMatchObject([{ rateDay: '2026-11-18', rateSource: 'ecb' }]);
    expect((await run()).rewritten).toBe(1);
    expect(await one.facts()).toEqual(await other.facts());
  });

  it('goes on the next time where its time was over', async () => {
    const programme = await openProgramme(database, { currency: 'USD' });
    const rows = ['2026-10-01', '2026-10-20', '2026-11-10'].map((day) => programme.row(day, { ngrMinor: 100 }));
    await programme.apply({ from: '2026-10-01', to: '2026-11-20' }, rows, '2026-11-20T18:00:00Z');
    // Looked at for the account, and again before each of its steps.
    const steps = (times: number) => {
      let left = times + 1;
      return () => (left-- > 0 ? 300_000 : 10_000);
    };
    const rewritten = [];
    for (let times = 0; times < 4; times += 1) rewritten.push((await run(steps(1))).rewritten);
    expect(rewritten).toEqual([1, 1, 1, 0]);
  });

  it.each([
    ['the bank is not there', 'unavailable'],
    ['it answers a page', 'html'],
    ['its file breaks off', 'truncated'],
  ] as const)('keeps what there is when %s, and says so', async (_, fault) => {
    await run();
    const before = await days();
    vi.setSystemTime(new Date('2026-11-24T18:00:00Z'));
    ecb.faults.plan({ fault });
    expect((await run()).loaded).toBe(0);
    expect(await days()).toEqual(before);
    expect(logged('rates_not_loaded')).toMatchObject([{ level: 'WARN' }]);
    expect(logged('rates_stale')).toEqual([]);
    expect((await run()).loaded).toBe(60);
  });

  it('raises its voice when the newest rate is more than five days old, whatever the reason', async () => {
    await run();
    ecb.faults.plan({ fault: 'unavailable', times: 2 });
    vi.setSystemTime(new Date('2026-11-25T18:00:00Z'));
    await run();
    expect(logged('rates_stale')).toEqual([]);
    vi.setSystemTime(new Date('2026-11-26T18:00:00Z'));
    await run();
    expect(logged('rates_stale')).toMatchObject([{ level: 'ERROR', newest: '2026-11-20' }]);
  });
});
