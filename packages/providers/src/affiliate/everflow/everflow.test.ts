import { createEverflowSandbox, type EverflowOptions } from '@tributary/sandbox/affiliate/everflow/everflow-sandbox';
import type { Traffic } from '@tributary/sandbox/affiliate/everflow/report';
import { timeZones } from '@tributary/sandbox/affiliate/everflow/time-zones';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { addUp, clock, connect, readWindow, row, shapeOf } from '../network.fixture.ts';
import { dayOf } from '../network-days.ts';
import { everflow } from './everflow.ts';
import { sample, sampleOf } from './sample.fixture.ts';

const june = { from: '2026-06-01', to: '2026-06-30' };

const traffic = (told: Partial<Traffic> & Pick<Traffic, 'id'>): Traffic => ({
  at: new Date('2026-06-10T16:00:00Z'),
  offer: 12,
  sourceId: 'blog',
  sub1: 'banner',
  clicks: 0,
  invalidClicks: 0,
  duplicateClicks: 0,
  conversions: 0,
  events: 0,
  revenueMinor: 0,
  onHoldConversions: 0,
  onHoldRevenueMinor: 0,
  ...told,
});

function open(options: EverflowOptions = {}, apiKey?: string) {
  const time = clock();
  const sandbox = createEverflowSandbox({ timeline: time, ...options });
  const { currency, timeZoneId } = sandbox.account;
  const given = { apiKey: apiKey ?? sandbox.account.apiKey, affiliateId: '42', currency };
  const { call, verify } = connect(everflow, given, sandbox.fetch);
  const account = { accountRef: '346-42', timeZone: timeZones[timeZoneId] ?? '', currency };
  return { sandbox, call, verify, clock: time, read: (window = june) => readWindow(everflow, call, account, window) };
}

describe('an Everflow key', () => {
  it('opens an affiliate of a network, whose zone its days are in', async () => {
    expect(await open().verify()).toEqual({
      accountRef: '346-42',
      name: 'Simulated Network',
      timeZone: 'America/New_York',
      currency: 'USD',
    });
  });

  it('that is wrong is unauthorized', async () => {
    const { verify, read } = open({}, 'another-key-than-the-account');
    await expect(verify()).rejects.toMatchObject({ kind: 'unauthorized', status: 401 });
    await expect(read()).rejects.toMatchObject({ kind: 'unauthorized' });
  });
});

describe('a day at Everflow', () => {
  it('A44: counts clicks, conversions, events and revenue, without what is invalid, duplicate or on hold', async () => {
    const { sandbox, read } = open();
    sandbox.book.add(traffic({ id: '1', clicks: 120, invalidClicks: 15, duplicateClicks: 5, conversions: 9 }));
    sandbox.book.add(
      traffic({ id: '2', events: 4, revenueMinor: 48_050, onHoldConversions: 3, onHoldRevenueMinor: 9_900 }),
    );
    const counted = { clicks: 120, signups: 9, ftdCount: 4, commissionMinor: 48_050 };
    const grain = { day: '2026-06-10', campaign: '12', source: 'blog', subId: 'banner' };
    expect(addUp(await read())).toEqual([row({ ...grain, currency: 'USD', ...counted })]);
  });

  it.each([
    [80, 'America/New_York', '2026-06-09'],
    [67, 'UTC', '2026-06-10'],
    [1, 'Pacific/Kiritimati', '2026-06-10'],
    [99, 'Pacific/Pago_Pago', '2026-06-09'],
  ])('A43: is one of the network: 03:30 UTC in zone %i, %s, is on %s', async (timeZoneId, _zone, day) => {
    const { sandbox, read } = open({ account: { timeZoneId } });
    sandbox.book.add(traffic({ id: '1', at: new Date('2026-06-10T03:30:00Z'), clicks: 1 }));
    expect(addUp(await read()).map((one) => one.day)).toEqual([day]);
  });

  it('A38: says something else later, and A56: is asked anew each time', async () => {
    const { sandbox, read } = open();
    sandbox.book.add(traffic({ id: '1', events: 5, revenueMinor: 100_000 }));
    sandbox.book.add(traffic({ id: '2', sub1: 'gone', events: 1 }));
    expect(addUp(await read()).map(({ ftdCount }) => ftdCount)).toEqual([5, 1]);
    sandbox.book.change('1', { events: 4, revenueMinor: 80_000 });
    sandbox.book.remove('2');
    const pages = await read();
    expect(addUp(pages).map(({ ftdCount, commissionMinor }) => [ftdCount, commissionMinor])).toEqual([[4, 80_000]]);
    expect(pages.every(({ isComplete }) => isComplete)).toBe(true);
  });

  it('without traffic has no row, and the window is complete', async () => {
    expect(await open().read()).toEqual([{ rows: [], cursor: null, isComplete: true }]);
  });
});

describe('a report over the limit of rows', () => {
  it('is asked for in halves until each is whole', async () => {
    const { sandbox, call, read } = open({ rowLimit: 3 });
    for (let day = 1; day <= 8; day += 1)
      sandbox.book.add(traffic({ id: String(day), at: new Date(`2026-06-0${day}T16:00:00Z`), clicks: day }));
    const pages = await read({ from: '2026-06-01', to: '2026-06-08' });
    expect(addUp(pages).map(({ clicks }) => clicks)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(pages.every(({ isComplete }) => isComplete)).toBe(true);
    expect(call.asked.filter(({ path }) => path === 'v1/meta/timezones')).toHaveLength(1);
  });

  it('of one day is what it is, and says that rows are missing', async () => {
    const { sandbox, read } = open({ rowLimit: 3 });
    for (const sub1 of ['a', 'b', 'c', 'd']) sandbox.book.add(traffic({ id: sub1, sub1, clicks: 1 }));
    const pages = await read({ from: '2026-06-10', to: '2026-06-11' });
    expect(pages.map(({ rows, isComplete }) => [rows.length, isComplete])).toEqual([
      [0, true],
      [3, false],
      [0, true],
    ]);
  });
});

it('all pages of a window together are the books, whatever the limit of rows', async () => {
  const entry = fc.record({
    hours: fc.integer({ min: 0, max: 29 * 24 }),
    offer: fc.integer({ min: 1, max: 3 }),
    sub1: fc.constantFrom('', 'a', 'b'),
    clicks: fc.nat(1000),
    revenueMinor: fc.integer({ min: -10_000, max: 1_000_000 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 40 }), fc.integer({ min: 4, max: 30 }), async (entries, rowLimit) => {
      const { sandbox, read } = open({ rowLimit });
      const start = Date.parse('2026-06-01T04:00:00Z');
      const booked = entries.map(({ hours, ...told }, index) =>
        sandbox.book.add(traffic({ id: String(index), at: new Date(start + hours * 3_600_000), ...told })),
      );
      const expected = booked.map(({ at, offer, sub1, clicks, revenueMinor }) => {
        const grain = { day: dayOf(at, 'America/New_York'), campaign: String(offer), source: 'blog', subId: sub1 };
        return row({ ...grain, currency: 'USD', clicks, commissionMinor: revenueMinor });
      });
      const pages = await read();
      const isWhole = pages.every(({ isComplete }) => isComplete);
      fc.pre(isWhole);
      expect(addUp(pages)).toEqual(addUp([{ rows: expected }]));
    }),
    { numRuns: 40 },
  );
});

describe('an answer of Everflow', () => {
  it('is read in the shape of the documentation', async () => {
    const { call } = connect(everflow, { apiKey: 'AbCdEf0123456789', affiliateId: '1', currency: 'USD' }, sample);
    const account = { accountRef: '1-1', timeZone: 'America/New_York', currency: 'USD' };
    const grain = { day: '2026-03-01', currency: 'USD', campaign: '12', source: '', subId: 'summer' };
    expect(addUp(await readWindow(everflow, call, account, { from: '2026-03-01', to: '2026-03-31' }))).toEqual([
      row({ ...grain, clicks: 1200, signups: 45, ftdCount: 12, commissionMinor: 225_013 }),
    ]);
  });

  const dayTold = async (dayId: string) => {
    const given = { apiKey: 'AbCdEf0123456789', affiliateId: '1', currency: 'USD' };
    const { call } = connect(everflow, given, sampleOf(dayId));
    const account = { accountRef: '1-1', timeZone: 'America/New_York', currency: 'USD' };
    const pages = await readWindow(everflow, call, account, { from: '2026-03-01', to: '2026-03-31' });
    return addUp(pages).map(({ day }) => day);
  };

  it.each([
    ['the midnight of UTC', '1772323200', '2026-03-01'],
    ['the midnight of the zone', '1772341200', '2026-03-01'],
    ['that of summer', '1773979200', '2026-03-20'],
  ])('A43: tells a day by %s', async (_name, dayId, day) => {
    expect(await dayTold(dayId)).toEqual([day]);
  });

  it.each([
    ['no midnight', '1772341201'],
    ['a midnight outside the window', '1775016000'],
    ['nothing', ''],
    ['a date', '2026-03-01'],
  ])('that tells a day by %s is refused', async (_name, dayId) => {
    await expect(dayTold(dayId)).rejects.toMatchObject({ kind: 'invalid_response' });
  });

  it('of the simulator has the shape of the documentation', async () => {
    const { sandbox, call, read } = open();
    sandbox.book.add(traffic({ id: '1', clicks: 1 }));
    await read();
    const { json } = call.asked.at(-1) ?? {};
    const path = 'v1/affiliates/reporting/entity/table';
    const simulated = await call({ method: 'POST', path, json: json ?? null }, z.looseObject({}));
    const documented = await (await sample('https://api.eflow.team/table')).json();
    expect(shapeOf(documented)).toMatchObject(shapeOf(simulated) as object);
  });

  it('in another currency is refused', async () => {
    const { sandbox, read } = open();
    sandbox.book.add(traffic({ id: '1', clicks: 1 }));
    sandbox.faults.plan({ fault: 'wrong_currency' });
    await expect(read()).rejects.toMatchObject({ kind: 'invalid_response' });
  });

  it.each([
    ['rate_limited_seconds', { kind: 'rate_limited', retryAfterMs: 2000 }],
    ['server_error', { kind: 'unavailable', status: 500 }],
    ['bad_gateway', { kind: 'unavailable', status: 502 }],
    ['malformed', { kind: 'invalid_response' }],
    ['truncated', { kind: 'unavailable' }],
    ['html', { kind: 'invalid_response' }],
    ['empty', { kind: 'invalid_response' }],
  ] as const)('that is no answer is none: %s', async (fault, error) => {
    const { sandbox, read } = open();
    sandbox.faults.plan({ fault, on: ({ path }) => path.endsWith('/table') });
    await expect(read()).rejects.toMatchObject(error);
    expect(await read()).toHaveLength(1);
  });

  it('A52: is a refusal with the time to wait beyond 5 calls a second over 30 seconds', async () => {
    const { verify, clock } = open();
    for (let count = 0; count < 75; count += 1) await verify();
    await expect(verify()).rejects.toMatchObject({ kind: 'rate_limited', retryAfterMs: 30_000 });
    await clock.advance(30_000);
    await expect(verify()).resolves.toMatchObject({ accountRef: '346-42' });
  });

  it('is a refusal for a window of more than a year', async () => {
    const { read } = open();
    await expect(read({ from: '2025-01-01', to: '2026-06-30' })).rejects.toMatchObject({ status: 400 });
  });
});
