import { type AwinOptions, createAwinSandbox } from '@tributary/sandbox/affiliate/awin/awin-sandbox';
import type { BookedTransaction } from '@tributary/sandbox/affiliate/awin/transactions';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { addUp, clock, connect, readWindow, row, shapeOf } from '../network.fixture.ts';
import { dayOf } from '../network-days.ts';
import { awin } from './awin.ts';
import { sample } from './sample.fixture.ts';

const june = { from: '2026-06-01', to: '2026-06-30' };

const transaction = (told: Partial<BookedTransaction> & Pick<BookedTransaction, 'id'>): BookedTransaction => ({
  at: new Date('2026-06-10T16:00:00Z'),
  advertiserId: 7052,
  status: 'pending',
  sale: 55.96,
  commission: 5.59,
  campaign: '',
  clickRef: null,
  isPaid: false,
  ...told,
});

function open(options: AwinOptions & { timeZone?: string; given?: Record<string, string> } = {}) {
  const { timeZone = 'Europe/London', given, ...rest } = options;
  const time = clock();
  const sandbox = createAwinSandbox({ timeline: time, ...rest });
  const { accessToken, publisherId, currency } = sandbox.account;
  const credentials = { accessToken, publisherId: String(publisherId), timeZone, currency, ...given };
  const { call, verify } = connect(awin, credentials, sandbox.fetch);
  const account = { accountRef: credentials.publisherId, timeZone, currency };
  return { sandbox, call, verify, clock: time, read: (window = june) => readWindow(awin, call, account, window) };
}

describe('a token of Awin', () => {
  it('opens the publisher it was given for', async () => {
    expect(await open().verify()).toEqual({
      accountRef: '189069',
      name: 'Simulated Publisher',
      timeZone: 'Europe/London',
      currency: 'GBP',
    });
  });

  it.each([
    ['that is wrong', { accessToken: 'another-token-than-this' }],
    ['of another publisher', { publisherId: '4711' }],
  ])('%s is unauthorized', async (_name, given) => {
    const { verify, read } = open({ given });
    await expect(verify()).rejects.toMatchObject({ kind: 'unauthorized' });
    await expect(read()).rejects.toMatchObject({ kind: 'unauthorized' });
  });
});

describe('a transaction', () => {
  it.each([
    ['pending', false, 1, true],
    ['approved', false, 1, true],
    ['approved', true, 1, true],
    ['declined', false, 0, true],
    ['deleted', false, 0, true],
    ['on review', true, 1, true],
    ['on review', false, 0, false],
    ['toString', false, 0, false],
  ])(
    'A49: that is %s (paid: %s) counts %i, and the window is complete: %s',
    async (status, isPaid, counted, isComplete) => {
      const { sandbox, read } = open();
      sandbox.book.add(transaction({ id: '1', status, isPaid }));
      const pages = await read();
      expect(pages.flatMap(({ rows }) => rows)).toHaveLength(counted);
      expect(pages.map((page) => page.isComplete)).toEqual([isComplete]);
    },
  );

  it('is a first deposit of its advertiser, link and click reference', async () => {
    const { sandbox, read } = open();
    sandbox.book.add(transaction({ id: '1', campaign: 'newsletter', clickRef: 'top' }));
    sandbox.book.add(
      transaction({ id: '2', campaign: 'newsletter', clickRef: 'top', sale: 0.1 + 0.2, commission: 1.005 }),
    );
    const grain = { day: '2026-06-10', currency: 'GBP', campaign: '7052', source: 'newsletter', subId: 'top' };
    expect(addUp(await read())).toEqual([row({ ...grain, ftdCount: 2, depositsMinor: 5626, commissionMinor: 660 })]);
  });

  it.each([
    ['Europe/London', '2026-06-30'],
    ['Europe/Berlin', null],
    ['US/Pacific', '2026-06-30'],
  ])('A55: at 22:30 UTC on the last day of June is, in %s, on %s', async (timeZone, day) => {
    const { sandbox, read } = open({ timeZone });
    sandbox.book.add(transaction({ id: '1', at: new Date('2026-06-30T22:30:00Z') }));
    expect(addUp(await read()).map((one) => one.day)).toEqual(day === null ? [] : [day]);
  });

  it('A38: that is declined or amended later changes the day on which it happened', async () => {
    const { sandbox, read } = open();
    for (const id of ['1', '2', '3']) sandbox.book.add(transaction({ id, commission: 10 }));
    expect(addUp(await read()).map(({ ftdCount, commissionMinor }) => [ftdCount, commissionMinor])).toEqual([
      [3, 3000],
    ]);
    sandbox.book.change('1', { status: 'declined' });
    sandbox.book.change('2', { commission: 7.5 });
    sandbox.book.remove('3');
    expect(addUp(await read()).map(({ day, ftdCount, commissionMinor }) => [day, ftdCount, commissionMinor])).toEqual([
      ['2026-06-10', 1, 750],
    ]);
  });

  it('in another currency is refused', async () => {
    const { sandbox, read } = open();
    sandbox.book.add(transaction({ id: '1' }));
    sandbox.faults.plan({ fault: 'wrong_currency' });
    await expect(read()).rejects.toMatchObject({ kind: 'invalid_response' });
  });
});

it('all transactions of a window together are the books', async () => {
  const entry = fc.record({
    minutes: fc.integer({ min: 0, max: 30 * 24 * 60 - 1 }),
    advertiserId: fc.integer({ min: 1, max: 3 }),
    clickRef: fc.constantFrom('', 'a', 'b'),
    status: fc.constantFrom('pending', 'approved', 'declined'),
    commissionMinor: fc.integer({ min: 0, max: 1_000_000 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(entry, { maxLength: 60 }), async (entries) => {
      const { sandbox, read } = open();
      const expected = entries.map(({ minutes, commissionMinor, ...told }, index) => {
        const at = new Date(Date.parse('2026-05-31T23:00:00Z') + minutes * 60_000);
        sandbox.book.add(transaction({ id: String(index), at, sale: 1, commission: commissionMinor / 100, ...told }));
        const grain = { day: dayOf(at, 'Europe/London'), campaign: String(told.advertiserId), subId: told.clickRef };
        const counted = row({ ...grain, currency: 'GBP', ftdCount: 1, depositsMinor: 100, commissionMinor });
        return told.status === 'declined' ? [] : [counted];
      });
      expect(addUp(await read())).toEqual(addUp([{ rows: expected.flat() }]));
    }),
    { numRuns: 40 },
  );
});

describe('an answer of Awin', () => {
  it('is read in the shape of the documentation', async () => {
    const given = { accessToken: 'token-of-a-publisher', publisherId: '189069', timeZone: 'UTC', currency: 'GBP' };
    const { call } = connect(awin, given, sample);
    const account = { accountRef: '189069', timeZone: 'UTC', currency: 'GBP' };
    const grain = { day: '2017-02-20', currency: 'GBP', campaign: '7052', source: 'campaign name', subId: '12345' };
    expect(addUp(await readWindow(awin, call, account, { from: '2017-02-20', to: '2017-02-21' }))).toEqual([
      row({ ...grain, ftdCount: 1, depositsMinor: 5596, commissionMinor: 559 }),
    ]);
  });

  it('of the simulator has the shape of the documentation', async () => {
    const { sandbox, call, read } = open();
    sandbox.book.add(transaction({ id: '1', clickRef: '12345' }));
    await read();
    const { path = '', query = {} } = call.asked.at(-1) ?? {};
    const [simulated] = await call({ path, query }, z.array(z.looseObject({})));
    const [documented] = (await (await sample('https://api.awin.com')).json()) as unknown[];
    expect(shapeOf(documented)).toMatchObject(shapeOf(simulated) as object);
  });

  it('covers a whole window, and no more than 31 days', async () => {
    const { sandbox, call, read } = open();
    const days = ['2026-05-31T22:59:59Z', '2026-05-31T23:00:00Z', '2026-06-30T22:59:59Z', '2026-06-30T23:00:00Z'];
    for (const [index, at] of days.entries()) sandbox.book.add(transaction({ id: String(index), at: new Date(at) }));
    expect(addUp(await read()).map(({ day }) => day)).toEqual(['2026-06-01', '2026-06-30']);
    expect(call.asked).toHaveLength(1);
    await expect(read({ from: '2026-05-01', to: '2026-05-31' })).resolves.toHaveLength(1);
    await expect(read({ from: '2026-05-01', to: '2026-06-01' })).rejects.toMatchObject({ status: 400 });
  });

  it.each([
    ['rate_limited_seconds', { kind: 'rate_limited', retryAfterMs: 2000 }],
    ['unavailable', { kind: 'unavailable', status: 503, retryAfterMs: 2000 }],
    ['truncated', { kind: 'unavailable' }],
    ['malformed', { kind: 'invalid_response' }],
    ['empty', { kind: 'invalid_response' }],
  ] as const)('that is no answer is none: %s', async (fault, error) => {
    const { sandbox, read } = open();
    sandbox.faults.plan({ fault });
    await expect(read()).rejects.toMatchObject(error);
    expect(await read()).toHaveLength(1);
  });

  it('A52: is a refusal with the time to wait beyond 20 calls a minute', async () => {
    const { read, clock } = open();
    for (let count = 0; count < 20; count += 1) await read();
    await expect(read()).rejects.toMatchObject({ kind: 'rate_limited', retryAfterMs: 60_000 });
    await clock.advance(60_000);
    await expect(read()).resolves.toHaveLength(1);
  });
});
