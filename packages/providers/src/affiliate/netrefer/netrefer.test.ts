import { createNetreferSandbox, type NetreferOptions } from '@tributary/sandbox/affiliate/netrefer/netrefer-sandbox';
import type { Activity } from '@tributary/sandbox/affiliate/netrefer/report';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGuardedCall } from '../../fetch/guarded-fetch.ts';
import { createCall } from '../../walk/walk.fixture.ts';
import { networkAddress, readCredentials } from '../credentials.ts';
import { addUp, clock, connect, readWindow, row } from '../network.fixture.ts';
import { netrefer } from './netrefer.ts';
import { askReport } from './report.ts';
import { sample } from './sample.fixture.ts';

const june = { from: '2026-06-01', to: '2026-06-30' };
const none = { result: 0, adjustment: 0 };
const figure = (result: number, adjustment = 0) => ({ result, adjustment });

const activity = (told: Partial<Activity> & Pick<Activity, 'id'>): Activity => ({
  day: '2026-06-10',
  brandId: 'BR-100',
  trackerId: 'TR-1',
  clicks: none,
  registrations: none,
  deposits: none,
  cpa: none,
  revShare: none,
  isPlain: false,
  ...told,
});

function open(options: NetreferOptions & { given?: Record<string, string> } = {}) {
  const { given, ...rest } = options;
  const time = clock();
  const sandbox = createNetreferSandbox({ timeline: time, ...rest });
  const { currency, ...typed } = sandbox.account;
  const stated = {
    host: 'asr.operator.example.com',
    reportPath: sandbox.reportPath,
    timeZone: 'Europe/Malta',
    currency,
  };
  const credentials = readCredentials(netrefer.credentials, { ...typed, ...stated, ...given });
  const account = { accountRef: 'asr.operator.example.com:40012', timeZone: 'Europe/Malta', currency };
  const signIn = async () =>
    netrefer.signIn?.(credentials, createGuardedCall({ fetch: sandbox.fetch }), time.now()) ??
    expect.fail('there is nothing to sign in with');
  const enter = async () => {
    const call = createCall(networkAddress(netrefer)(await signIn()), sandbox.fetch);
    const verify = () => netrefer.verifyAuth(call, credentials);
    return { call, verify, read: (window = june) => readWindow(netrefer, call, account, window) };
  };
  return { sandbox, credentials, clock: time, signIn, enter };
}

describe('signing in at NetRefer', () => {
  it('trades the credentials for an hour, and keeps them to be traded again', async () => {
    const { signIn, credentials } = open();
    const tokens = await signIn();
    expect(tokens).toMatchObject({ accessExpiresAt: new Date('2026-07-15T13:00:00Z'), refreshExpiresAt: null });
    expect(JSON.parse(tokens.refreshToken ?? '')).toEqual(credentials);
    expect(tokens.accessToken).not.toContain(credentials.password);
    expect(tokens.accessToken).not.toContain(credentials.clientSecret);
  });

  it('opens the affiliate it was given for', async () => {
    const { verify } = await open().enter();
    expect(await verify()).toEqual({
      accountRef: 'asr.operator.example.com:40012',
      name: null,
      timeZone: 'Europe/Malta',
      currency: 'EUR',
    });
  });

  it.each([
    ['another password', { password: 'another-password' }],
    ['another secret', { clientSecret: 'another-client-secret' }],
  ])('with %s is unauthorized, and the error does not quote it', async (_what, given) => {
    const refused = open({ given }).signIn();
    await expect(refused).rejects.toMatchObject({ kind: 'unauthorized' });
    await expect(refused).rejects.not.toThrow(/another/);
  });

  it('does not open another affiliate, nor anything an hour later', async () => {
    const other = await open({ given: { affiliateId: '4711' } }).enter();
    await expect(other.verify()).rejects.toMatchObject({ kind: 'unauthorized' });
    const { enter, clock: time } = open();
    const { verify, read } = await enter();
    await time.advance(3_600_000);
    await expect(verify()).rejects.toMatchObject({ kind: 'unauthorized' });
    await expect(read()).rejects.toMatchObject({ kind: 'unauthorized' });
  });

  it.each([
    ['a scheme', { host: 'https://asr.operator.example.com' }],
    ['a private name', { host: 'asr.internal' }],
    ['another path', { reportPath: '../admin' }],
    ['a path within the affiliate', { affiliateId: '1/2' }],
  ])('A54: is not tried with %s', (_what, given) => {
    expect(() => open({ given })).toThrow(expect.objectContaining({ code: 'validation_failed' }));
  });
});

describe('a figure', () => {
  it.each([
    ['A46', '2026-06-01', { campaign: 'BR-100', source: 'TR-1', clicks: 1200, signups: 38 }, 475_000, 94_000],
    ['A47', '2026-05-15', { campaign: 'BR-100', source: 'TR-2', clicks: 300, signups: 9 }, 120_000, 20_000],
    ['A47', '2026-03-01', { campaign: 'BR-200', source: 'TR-3', clicks: 75, signups: 3 }, 60_000, 10_200],
  ])('%s: of %s is result and adjustment together', async (_case, day, told, depositsMinor, commissionMinor) => {
    const { credentials } = open();
    const { call } = connect(netrefer, credentials, sample);
    const account = { accountRef: 'x', timeZone: 'Europe/Malta', currency: 'EUR' };
    expect(addUp(await readWindow(netrefer, call, account, { from: day, to: day }))).toEqual([
      row({ day, currency: 'EUR', ...told, depositsMinor, commissionMinor }),
    ]);
  });

  it('A47: all commission of the three is 1,242.00, and 1,140.00 of it one brand\u2019s', async () => {
    const { call } = connect(netrefer, open().credentials, sample);
    const account = { accountRef: 'x', timeZone: 'Europe/Malta', currency: 'EUR' };
    const rows = addUp(await readWindow(netrefer, call, account, { from: '2026-03-01', to: '2026-06-30' }));
    const sumOf = (some: typeof rows) => some.reduce((sum, { commissionMinor }) => sum + commissionMinor, 0);
    expect(sumOf(rows)).toBe(124_200);
    expect(sumOf(rows.filter(({ campaign }) => campaign === 'BR-100'))).toBe(114_000);
  });

  it('A38: that is adjusted later changes its day, and one that vanishes is gone', async () => {
    const { sandbox, enter } = open();
    const { read } = await enter();
    for (const id of ['1', '2']) sandbox.book.add(activity({ id, trackerId: id, cpa: figure(100) }));
    expect(addUp(await read()).map(({ commissionMinor }) => commissionMinor)).toEqual([10_000, 10_000]);
    sandbox.book.change('1', { cpa: figure(100, -130.55) });
    sandbox.book.remove('2');
    expect(addUp(await read()).map(({ source, commissionMinor }) => [source, commissionMinor])).toEqual([['1', -3055]]);
  });

  it.each([
    ['result and adjustment', { cpa: figure(10.125, 0.125) }, 1025],
    ['CPA and revenue share', { cpa: figure(0.004), revShare: figure(0.004) }, 1],
  ])('is rounded once, with all that it is made of: %s', async (_what, told, commissionMinor) => {
    const { sandbox, enter } = open();
    sandbox.book.add(activity({ id: '1', ...told }));
    expect(await (await enter()).read()).toMatchObject([{ rows: [{ commissionMinor }] }]);
  });

  it('that is no whole number where things are counted is refused', async () => {
    const { sandbox, enter } = open();
    sandbox.book.add(activity({ id: '1', registrations: figure(1, 0.5) }));
    await expect((await enter()).read()).rejects.toMatchObject({ kind: 'invalid_response' });
  });

  it('in another currency is refused', async () => {
    const { sandbox, enter } = open();
    sandbox.book.add(activity({ id: '1' }));
    const { read } = await enter();
    sandbox.faults.plan({ fault: 'wrong_currency' });
    await expect(read()).rejects.toMatchObject({ kind: 'invalid_response' });
  });
});

describe('a window', () => {
  it.each([
    ['2026-06-01', '2026-06-30', ['2026-06-01/2026-06-30']],
    ['2026-05-20', '2026-06-19', ['2026-05-20/2026-05-31', '2026-06-01/2026-06-19']],
    ['2026-12-31', '2027-01-01', ['2026-12-31/2026-12-31', '2027-01-01/2027-01-01']],
    ['2028-02-10', '2028-03-01', ['2028-02-10/2028-02-29', '2028-03-01/2028-03-01']],
  ])('from %s to %s is asked for month by month', async (from, to, asked) => {
    const { call, read } = await open().enter();
    await read({ from, to });
    expect(call.asked.map(({ path }) => path)).toEqual(asked);
  });

  it('of two months is refused by NetRefer itself', async () => {
    const { call } = await open().enter();
    await expect(askReport(call, { from: '2026-05-31', to: '2026-06-01' })).rejects.toMatchObject({ status: 400 });
  });

  it('has all that the books have', async () => {
    const cents = fc.integer({ min: -1_000_000, max: 1_000_000 });
    const entry = fc.record({
      days: fc.integer({ min: 0, max: 30 }),
      trackerId: fc.constantFrom('TR-1', 'TR-2'),
      isPlain: fc.boolean(),
      clicks: fc.integer({ min: 0, max: 1000 }),
      cpaMinor: cents,
      adjustmentMinor: cents,
    });
    const window = { from: '2026-05-20', to: '2026-06-19' };
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 40 }), async (entries) => {
        const { sandbox, enter } = open();
        const expected = entries.map(({ days, trackerId, isPlain, clicks, cpaMinor, adjustmentMinor }, index) => {
          const day = new Date(Date.UTC(2026, 4, 20 + days)).toISOString().slice(0, 10);
          const money = { cpa: figure(cpaMinor / 100, isPlain ? 0 : adjustmentMinor / 100) };
          sandbox.book.add(activity({ id: String(index), day, trackerId, isPlain, clicks: figure(clicks), ...money }));
          const commissionMinor = isPlain ? cpaMinor : cpaMinor + adjustmentMinor;
          return row({ day, currency: 'EUR', campaign: 'BR-100', source: trackerId, clicks, commissionMinor });
        });
        expect(addUp(await (await enter()).read(window))).toEqual(addUp([{ rows: expected }]));
      }),
      { numRuns: 40 },
    );
  });

  it.each([
    ['rate_limited_seconds', { kind: 'rate_limited', retryAfterMs: 2000 }],
    ['unavailable', { kind: 'unavailable', status: 503 }],
    ['truncated', { kind: 'unavailable' }],
    ['malformed', { kind: 'invalid_response' }],
    ['empty', { kind: 'invalid_response' }],
  ] as const)('whose answer is none is not read: %s', async (fault, error) => {
    const { sandbox, enter } = open();
    const { read } = await enter();
    sandbox.faults.plan({ fault });
    await expect(read()).rejects.toMatchObject(error);
    expect(await read()).toHaveLength(1);
  });
});
