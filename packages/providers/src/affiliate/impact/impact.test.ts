import type { BookedAction } from '@tributary/sandbox/affiliate/impact/actions';
import { createImpactSandbox, type ImpactOptions } from '@tributary/sandbox/affiliate/impact/impact-sandbox';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { addUp, clock, connect, readWindow, row, shapeOf } from '../network.fixture.ts';
import { addDays, dayOf } from '../network-days.ts';
import { impact } from './impact.ts';
import { sample, sampleOf } from './sample.fixture.ts';

const june = { from: '2026-06-01', to: '2026-06-30' };
const timeZone = 'America/Los_Angeles';

const action = (told: Partial<BookedAction> & Pick<BookedAction, 'id'>): BookedAction => ({
  at: new Date('2026-06-10T16:00:00Z'),
  campaignId: 1000,
  state: 'PENDING',
  amount: '21.99',
  payout: '0.88',
  sharedId: '',
  subId1: '',
  ...told,
});

function open(options: ImpactOptions = {}, authToken?: string) {
  const time = clock();
  const sandbox = createImpactSandbox({ timeline: time, ...options });
  const { accountSid, currency } = sandbox.account;
  const given = { accountSid, authToken: authToken ?? sandbox.account.authToken };
  const { call, verify } = connect(impact, given, sandbox.fetch);
  const account = { accountRef: accountSid, timeZone: sandbox.account.timeZone, currency };
  return { sandbox, call, verify, read: (window = june) => readWindow(impact, call, account, window) };
}

describe('an account at impact.com', () => {
  it('tells its name, zone and currency', async () => {
    const { sandbox, verify } = open();
    const { accountSid: accountRef, companyName: name } = sandbox.account;
    expect(await verify()).toEqual({ accountRef, name, timeZone, currency: 'USD' });
  });

  it('is not opened by another token', async () => {
    const { verify, read } = open({}, 'another-token-than-the-account');
    await expect(verify()).rejects.toMatchObject({ kind: 'unauthorized', status: 401 });
    await expect(read()).rejects.toMatchObject({ kind: 'unauthorized' });
  });
});

describe('an action', () => {
  it.each([
    ['PENDING', 1, true],
    ['APPROVED', 1, true],
    ['LOCKED', 1, true],
    ['PAID', 1, true],
    ['REVERSED', 0, true],
    ['IN_DISPUTE', 0, false],
    ['approved', 0, false],
    ['constructor', 0, false],
  ])('A49: that is %s counts %i, and the window is complete: %s', async (state, counted, isComplete) => {
    const { sandbox, read } = open();
    sandbox.book.add(action({ id: '1', state }));
    const pages = await read();
    expect(pages.flatMap(({ rows }) => rows)).toHaveLength(counted);
    expect(pages.map((page) => page.isComplete)).toEqual([isComplete]);
  });

  it('is a first deposit on its day, with what was sold and what it earned', async () => {
    const { sandbox, read } = open();
    sandbox.book.add(action({ id: '1', sharedId: 'RT-1', subId1: 'news' }));
    sandbox.book.add(action({ id: '2', sharedId: 'RT-1', subId1: 'news', payout: '1.005', amount: '10' }));
    const grain = { day: '2026-06-10', currency: 'USD', campaign: '1000', source: 'RT-1', subId: 'news' };
    expect(addUp(await read())).toEqual([row({ ...grain, ftdCount: 2, depositsMinor: 3199, commissionMinor: 189 })]);
  });

  it.each([
    ['2026-06-10T06:59:59Z', '2026-06-09'],
    ['2026-06-10T07:00:00Z', '2026-06-10'],
  ])('A43: at %s happened on %s, as the account counts', async (at, day) => {
    const { sandbox, read } = open();
    sandbox.book.add(action({ id: '1', at: new Date(at) }));
    expect(addUp(await read()).map((one) => one.day)).toEqual([day]);
  });

  it('A40: that is reversed later is taken back from the day on which it happened', async () => {
    const { sandbox, read } = open();
    sandbox.book.add(action({ id: '1' }));
    sandbox.book.add(action({ id: '2', payout: '5.00' }));
    expect(addUp(await read()).map(({ ftdCount, commissionMinor }) => [ftdCount, commissionMinor])).toEqual([[2, 588]]);
    sandbox.book.change('2', { state: 'REVERSED', payout: '0.00' });
    expect(addUp(await read()).map(({ day, ftdCount, commissionMinor }) => [day, ftdCount, commissionMinor])).toEqual([
      ['2026-06-10', 1, 88],
    ]);
    sandbox.book.remove('1');
    expect(addUp(await read())).toEqual([]);
  });

  it('in another currency is refused', async () => {
    const { sandbox, read } = open();
    sandbox.book.add(action({ id: '1' }));
    sandbox.faults.plan({ fault: 'wrong_currency' });
    await expect(read()).rejects.toMatchObject({ kind: 'invalid_response' });
  });
});

describe('a window', () => {
  it('A40: of 45 days is one question, so that 100 days are three', async () => {
    const { call, read } = open();
    const { windowDays } = impact.source;
    const lengths = [windowDays, windowDays, 100 - 2 * windowDays];
    let from = '2026-03-17';
    for (const days of lengths) {
      expect(await read({ from, to: addDays(from, days - 1) })).toMatchObject([{ isComplete: true }]);
      from = addDays(from, days);
    }
    expect([lengths, call.asked.length]).toEqual([[45, 45, 10], 3]);
  });

  it('of 45 days in which the clocks go back is two, for it is an hour too long', async () => {
    const { sandbox, call, read } = open();
    const window = { from: '2025-10-01', to: '2025-11-14' };
    const days = ['2025-10-01T07:00:00Z', '2025-11-14T07:59:59Z', '2025-11-14T08:00:00Z', '2025-11-15T07:59:59Z'];
    for (const at of days) sandbox.book.add(action({ id: at, at: new Date(at) }));
    expect(addUp(await read(window)).map(({ day, ftdCount }) => [day, ftdCount])).toEqual([
      ['2025-10-01', 1],
      ['2025-11-13', 1],
      ['2025-11-14', 2],
    ]);
    expect(call.asked).toHaveLength(2);
  });

  it('that is longer is refused by impact.com', async () => {
    await expect(open().read({ from: '2026-05-01', to: '2026-06-30' })).rejects.toMatchObject({ status: 400 });
  });

  it('has all its pages, and each action once', async () => {
    const { sandbox, call, read } = open();
    for (let number = 0; number < 2001; number += 1)
      sandbox.book.add(
        action({ id: String(number), at: new Date(Date.parse('2026-06-10T08:00:00Z') + number * 1000) }),
      );
    const pages = await read();
    expect(pages.map(({ rows }) => rows[0]?.ftdCount)).toEqual([1000, 1000, 1]);
    expect(call.asked.map(({ query }) => query?.Page)).toEqual(['1', '2', '3']);
  });

  it.each([
    ['shifting_page', { kind: 'unavailable' }],
    ['cursor_loop', { kind: 'invalid_response' }],
  ] as const)('is given up when its pages cannot be trusted: %s', async (fault, error) => {
    const { sandbox, read } = open();
    for (let number = 0; number < 1001; number += 1) sandbox.book.add(action({ id: String(number) }));
    sandbox.faults.plan({ fault, on: ({ query }) => query.get('Page') === '2' });
    await expect(read()).rejects.toMatchObject(error);
    const counted = addUp(await read()).reduce((sum, { ftdCount }) => sum + ftdCount, 0);
    expect(counted).toBe(sandbox.book.all().length);
  });
});

it('all pages of a window together are the books', async () => {
  const entry = fc.record({
    minutes: fc.integer({ min: 0, max: 30 * 24 * 60 - 1 }),
    campaignId: fc.integer({ min: 1, max: 3 }),
    subId1: fc.constantFrom('', 'a', 'b'),
    state: fc.constantFrom('PENDING', 'APPROVED', 'REVERSED'),
    payoutMinor: fc.integer({ min: 0, max: 1_000_000 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 60 }), async (entries) => {
      const { sandbox, read } = open();
      const expected = entries.map(({ minutes, payoutMinor, ...told }, index) => {
        const at = new Date(Date.parse('2026-06-01T07:00:00Z') + minutes * 60_000);
        const payout = (payoutMinor / 100).toFixed(2);
        sandbox.book.add(action({ id: String(index), at, amount: '1.00', payout, ...told }));
        const grain = { day: dayOf(at, timeZone), campaign: String(told.campaignId), subId: told.subId1 };
        const counted = row({
          ...grain,
          currency: 'USD',
          ftdCount: 1,
          depositsMinor: 100,
          commissionMinor: payoutMinor,
        });
        return told.state === 'REVERSED' ? [] : [counted];
      });
      expect(addUp(await read())).toEqual(addUp([{ rows: expected.flat() }]));
    }),
    { numRuns: 40 },
  );
});

describe('an answer of impact.com', () => {
  it('is read in the shape of the documentation', async () => {
    const { call, verify } = connect(
      impact,
      { accountSid: 'IRabcdefGHIJ1234', authToken: 'token-of-the-account' },
      sample,
    );
    const account = { accountRef: 'IRabcdefGHIJ1234', timeZone, currency: 'USD' };
    const grain = { day: '2024-09-10', currency: 'USD', campaign: '1000', source: 'RT-19247423' };
    const pages = await readWindow(impact, call, account, { from: '2024-09-01', to: '2024-09-30' });
    expect(addUp(pages)).toEqual([row({ ...grain, ftdCount: 1, depositsMinor: 2199, commissionMinor: 88 })]);
    expect(await verify()).toMatchObject({ name: 'Carrie Oakey Music', timeZone, currency: 'USD' });
  });

  it.each([
    ['2024-09-11T05:42:38Z', '2024-09-10'],
    ['2024-09-11T14:42:38+09:00', '2024-09-10'],
    ['2024-09-11T00:42:38-07:00', '2024-09-11'],
  ])('A43: that says %s means %s, whatever zone it is written in', async (EventDate, day) => {
    const given = { accountSid: 'IRabcdefGHIJ1234', authToken: 'token-of-the-account' };
    const { call } = connect(impact, given, sampleOf({ EventDate }));
    const account = { accountRef: 'IRabcdefGHIJ1234', timeZone, currency: 'USD' };
    const pages = await readWindow(impact, call, account, { from: '2024-09-01', to: '2024-09-30' });
    expect(addUp(pages).map((one) => one.day)).toEqual([day]);
  });

  it('of the simulator has the shape of the documentation', async () => {
    const { sandbox, call, read } = open();
    sandbox.book.add(action({ id: '1' }));
    await read();
    const { query = {} } = call.asked.at(-1) ?? {};
    const simulated = await call({ path: 'Actions', query }, z.looseObject({}));
    const documented = await (await sample('https://api.impact.com/Actions')).json();
    expect(shapeOf(documented)).toMatchObject(shapeOf(simulated) as object);
    const company = await call({ path: 'CompanyInformation' }, z.looseObject({}));
    const told = await (await sample('https://api.impact.com/CompanyInformation')).json();
    expect(shapeOf(told)).toMatchObject(shapeOf(company) as object);
  });

  it.each([
    ['rate_limited_seconds', { kind: 'rate_limited', retryAfterMs: 2000 }],
    ['server_error', { kind: 'unavailable', status: 500 }],
    ['truncated', { kind: 'unavailable' }],
    ['malformed', { kind: 'invalid_response' }],
    ['empty', { kind: 'invalid_response' }],
  ] as const)('that is no answer is none: %s', async (fault, error) => {
    const { sandbox, read } = open();
    sandbox.faults.plan({ fault });
    await expect(read()).rejects.toMatchObject(error);
    expect(await read()).toHaveLength(1);
  });

  it('A52: is a refusal with the time to wait beyond 1,000 calls an hour', async () => {
    const { sandbox, verify } = open();
    for (let count = 0; count < 1000; count += 1) await verify();
    await expect(verify()).rejects.toMatchObject({ kind: 'rate_limited', retryAfterMs: 3_600_000 });
    expect(sandbox.simulation.requests()).toHaveLength(1001);
  });
});
