import type { PartnerEvents } from '@tributary/sandbox/affiliate/dub/analytics';
import type { BookedCommission } from '@tributary/sandbox/affiliate/dub/commissions';
import { createDubSandbox, type DubOptions } from '@tributary/sandbox/affiliate/dub/dub-sandbox';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { addUp, clock, connect, readWindow, row, shapeOf } from '../network.fixture.ts';
import { dub } from './dub.ts';
import { sample } from './sample.fixture.ts';

const week = { from: '2026-06-08', to: '2026-06-14' };
const at = new Date('2026-06-10T16:00:00Z');
const grain = { day: '2026-06-10', currency: 'USD', subId: 'pn_1' };

const events = (told: Partial<PartnerEvents> & Pick<PartnerEvents, 'id'>): PartnerEvents => ({
  at,
  partnerId: 'pn_1',
  clicks: 0,
  leads: 0,
  newSales: 0,
  recurringSales: 0,
  saleAmount: 0,
  ...told,
});

const commission = (told: Partial<BookedCommission> & Pick<BookedCommission, 'id'>): BookedCommission => ({
  at,
  partnerId: 'pn_1',
  type: 'sale',
  status: 'pending',
  amount: 1000,
  earnings: 200,
  ...told,
});

function open(options: DubOptions & { given?: Record<string, string>; pauseMs?: number } = {}) {
  const { given, pauseMs = 250, ...rest } = options;
  const time = clock();
  const sandbox = createDubSandbox({ timeline: time, ...rest });
  const { apiKey, workspaceId } = sandbox.account;
  // As the budget paces the calls.
  const paced: typeof fetch = async (input, init) => {
    await time.advance(pauseMs);
    return sandbox.fetch(input, init);
  };
  const { call, verify } = connect(dub, { apiKey, workspaceId, ...given }, paced);
  const account = { accountRef: workspaceId, timeZone: 'UTC', currency: 'USD' };
  return { sandbox, call, verify, clock: time, read: (window = week) => readWindow(dub, call, account, window) };
}

describe('a key of Dub', () => {
  it('opens its workspace', async () => {
    const { verify, sandbox } = open();
    const accountRef = sandbox.account.workspaceId;
    expect(await verify()).toEqual({ accountRef, name: null, timeZone: 'UTC', currency: 'USD' });
  });

  it.each([
    ['that is wrong', { apiKey: 'dub_anotherKeyOfAWorkspace01' }],
    ['of another workspace', { workspaceId: 'ws_1ANOTHER00000000000001' }],
  ])('%s is unauthorized', async (_what, given) => {
    await expect(open({ given }).verify()).rejects.toMatchObject({ kind: 'unauthorized' });
  });
});

describe('a day', () => {
  it('has the clicks, leads, first sales and sales of each partner, and what the partner earned', async () => {
    const { sandbox, read } = open();
    sandbox.events.add(events({ id: '1', clicks: 40, leads: 3, newSales: 1, recurringSales: 2, saleAmount: 5996 }));
    sandbox.events.add(events({ id: '2', clicks: 2, partnerId: 'pn_2' }));
    sandbox.commissions.add(commission({ id: 'cm_1', earnings: 1199 }));
    expect(addUp(await read())).toEqual([
      row({ ...grain, clicks: 40, signups: 3, ftdCount: 1, depositsMinor: 5996, commissionMinor: 1199 }),
      row({ ...grain, subId: 'pn_2', clicks: 2 }),
    ]);
  });

  it('A43: is a day of UTC, whole', async () => {
    const { sandbox, read } = open();
    const times = ['2026-06-07T23:59:59Z', '2026-06-08T00:00:00Z', '2026-06-14T23:59:59Z', '2026-06-15T00:00:00Z'];
    for (const [id, time] of times.entries()) {
      sandbox.events.add(events({ id: String(id), at: new Date(time), clicks: 1 }));
      sandbox.commissions.add(commission({ id: `cm_${id}`, at: new Date(time) }));
    }
    expect(addUp(await read()).map(({ day, clicks, commissionMinor }) => [day, clicks, commissionMinor])).toEqual([
      ['2026-06-08', 1, 200],
      ['2026-06-14', 1, 200],
    ]);
  });

  it('is not complete when there may be more partners than Dub tells of', async () => {
    const { sandbox, read } = open();
    for (let id = 0; id < 5000; id += 1)
      sandbox.events.add(events({ id: String(id), partnerId: `pn_${id}`, clicks: 1 }));
    const pages = await read({ from: '2026-06-09', to: '2026-06-10' });
    expect(pages.map(({ isComplete }) => isComplete)).toEqual([true, false]);
  });
});

describe('a commission', () => {
  it.each([
    ['pending', 200, true],
    ['processed', 200, true],
    ['paid', 200, true],
    ['refunded', null, true],
    ['duplicate', null, true],
    ['fraud', null, true],
    ['canceled', null, true],
    ['hold', null, true],
    ['on review', null, false],
    ['toString', null, false],
  ])('A49: that is %s earns %j, and the day is complete: %s', async (status, earned, isComplete) => {
    const { sandbox, read } = open();
    sandbox.commissions.add(commission({ id: 'cm_1', status }));
    const pages = await read({ from: '2026-06-10', to: '2026-06-10' });
    expect(addUp(pages).map(({ commissionMinor }) => commissionMinor)).toEqual(earned === null ? [] : [earned]);
    expect(pages.map((page) => page.isComplete)).toEqual([isComplete]);
  });

  it('A32: of less than nothing is taken off', async () => {
    const { sandbox, read } = open();
    sandbox.commissions.add(commission({ id: 'cm_1' }));
    sandbox.commissions.add(commission({ id: 'cm_2', type: 'custom', amount: 0, earnings: -350 }));
    expect(addUp(await read())).toEqual([row({ ...grain, commissionMinor: -150 })]);
  });

  it('A38: that is refunded, changed or gone later changes the day on which it was earned', async () => {
    const { sandbox, read } = open();
    for (const id of ['cm_1', 'cm_2', 'cm_3']) sandbox.commissions.add(commission({ id }));
    expect(addUp(await read())).toMatchObject([{ commissionMinor: 600 }]);
    sandbox.commissions.change('cm_1', { status: 'refunded' });
    sandbox.commissions.change('cm_2', { earnings: 150 });
    sandbox.commissions.remove('cm_3');
    expect(addUp(await read())).toMatchObject([{ day: '2026-06-10', commissionMinor: 150 }]);
  });

  it('in another currency is refused', async () => {
    const { sandbox, read } = open();
    sandbox.commissions.add(commission({ id: 'cm_1' }));
    sandbox.faults.plan({ fault: 'wrong_currency', times: 7 });
    await expect(read()).rejects.toMatchObject({ kind: 'invalid_response' });
  });

  it('is read once, however many there are on its day', async () => {
    const { sandbox, read } = open();
    for (let index = 0; index < 250; index += 1)
      sandbox.commissions.add(commission({ id: `cm_${String(index).padStart(6, '0')}`, earnings: index }));
    const pages = await read({ from: '2026-06-10', to: '2026-06-10' });
    expect(pages).toHaveLength(3);
    expect(addUp(pages)).toEqual([row({ ...grain, commissionMinor: (249 * 250) / 2 })]);
  });

  it('that was entered for an earlier time stops a day of several pages, and no other', async () => {
    const idOf = (index: number) => `cm_${String(index).padStart(6, '0')}`;
    const { sandbox, read } = open();
    for (let index = 0; index < 98; index += 1) sandbox.commissions.add(commission({ id: idOf(index) }));
    const later = new Date('2026-06-10T17:00:00Z');
    sandbox.commissions.add(commission({ id: idOf(900), at: new Date('2026-06-10T01:00:00Z') }));
    expect(addUp(await read())).toMatchObject([{ commissionMinor: 99 * 200 }]);
    for (let index = 98; index < 150; index += 1) sandbox.commissions.add(commission({ id: idOf(index), at: later }));
    await expect(read()).rejects.toMatchObject({ kind: 'invalid_response' });
  });
});

it('all pages of a window together are the books', async () => {
  const entry = fc.record({
    minutes: fc.integer({ min: 0, max: 3 * 24 * 60 - 1 }),
    partnerId: fc.constantFrom('pn_1', 'pn_2'),
    clicks: fc.integer({ min: 0, max: 100 }),
    earnings: fc.integer({ min: -1000, max: 100_000 }),
    status: fc.constantFrom('pending', 'processed', 'paid', 'refunded', 'fraud', 'hold'),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 350, size: 'max' }), async (entries) => {
      const { sandbox, read } = open();
      const expected = entries
        .toSorted((one, other) => one.minutes - other.minutes)
        .map(({ minutes, partnerId, clicks, earnings, status }, index) => {
          const when = new Date(Date.UTC(2026, 5, 8, 0, minutes));
          sandbox.events.add(events({ id: String(index), at: when, partnerId, clicks }));
          const id = `cm_${String(index).padStart(6, '0')}`;
          sandbox.commissions.add(commission({ id, at: when, partnerId, earnings, status }));
          const isEarned = ['pending', 'processed', 'paid'].includes(status);
          const day = when.toISOString().slice(0, 10);
          return row({ day, currency: 'USD', subId: partnerId, clicks, commissionMinor: isEarned ? earnings : 0 });
        });
      const pages = await read({ from: '2026-06-08', to: '2026-06-10' });
      expect(addUp(pages)).toEqual(addUp([{ rows: expected }]));
      expect(pages.every(({ isComplete }) => isComplete)).toBe(true);
    }),
    { numRuns: 20 },
  );
});

describe('an answer of Dub', () => {
  it.each([
    ['rate_limited_seconds', { kind: 'rate_limited', retryAfterMs: 2000 }],
    ['unavailable', { kind: 'unavailable', status: 503 }],
    ['truncated', { kind: 'unavailable' }],
    ['malformed', { kind: 'invalid_response' }],
    ['empty', { kind: 'invalid_response' }],
  ] as const)('that is none is not read: %s', async (fault, error) => {
    const { sandbox, read } = open();
    sandbox.faults.plan({ fault });
    await expect(read()).rejects.toMatchObject(error);
    expect(await read()).toHaveLength(7);
  });

  it('A52: is a refusal with the time to wait beyond 4 calls of analytics a second', async () => {
    const { read, clock: time } = open({ pauseMs: 0 });
    await expect(read()).rejects.toMatchObject({ kind: 'rate_limited', retryAfterMs: 1000 });
    await time.advance(1000);
    await expect(read({ from: '2026-06-08', to: '2026-06-09' })).resolves.toHaveLength(2);
  });

  it('is read in the shape of the documentation', async () => {
    const { call } = connect(dub, { apiKey: 'dub_keyOfSomeWorkspace01', workspaceId: 'ws_1SOMEWORKSPACE001' }, sample);
    const account = { accountRef: 'ws_1SOMEWORKSPACE001', timeZone: 'UTC', currency: 'USD' };
    const window = { from: '2026-01-15', to: '2026-01-15' };
    const told = { day: '2026-01-15', subId: 'pn_1JPBEGP7EXF76CXT1W99VERW5', currency: 'USD' };
    const counted = { clicks: 123, signups: 12, ftdCount: 3, depositsMinor: 4500, commissionMinor: 123 };
    expect(addUp(await readWindow(dub, call, account, window))).toEqual([row({ ...told, ...counted })]);
  });

  it.each(['analytics', 'commissions'])('of the simulator has the shape of the documentation: %s', async (path) => {
    const { sandbox, call, read } = open();
    sandbox.events.add(events({ id: '1' }));
    sandbox.commissions.add(commission({ id: 'cm_1' }));
    await read({ from: '2026-06-10', to: '2026-06-10' });
    const query = call.asked.find((one) => one.path === path)?.query ?? {};
    const simulated = await call({ path, query }, z.array(z.looseObject({})));
    const documented = await (await sample(`https://api.dub.co/${path}`)).json();
    expect(shapeOf(documented)).toMatchObject(shapeOf(simulated) as object);
  });

  it('is asked for day by day, and never with the key in what is kept', async () => {
    const { read, call, sandbox } = open();
    await read({ from: '2026-06-08', to: '2026-06-08' });
    expect(call.asked.map(({ path }) => path)).toEqual(['analytics', 'analytics', 'commissions']);
    expect(JSON.stringify(call.asked)).not.toContain(sandbox.account.apiKey);
  });
});
