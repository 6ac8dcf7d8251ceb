import {
  createPostAffiliateProSandbox,
  type PostAffiliateProOptions,
} from '@tributary/sandbox/affiliate/post-affiliate-pro/post-affiliate-pro-sandbox';
import type { BookedTransaction } from '@tributary/sandbox/affiliate/post-affiliate-pro/transactions';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addUp, clock, connect, readWindow, row } from '../network.fixture.ts';
import { postAffiliatePro } from './post-affiliate-pro.ts';
import { sample } from './sample.fixture.ts';

const june = { from: '2026-06-01', to: '2026-06-30' };
const timeZone = 'America/Los_Angeles';

const transaction = (told: Partial<BookedTransaction> & Pick<BookedTransaction, 'id'>): BookedTransaction => ({
  insertedAt: '2026-06-10 10:00:00',
  type: 'S',
  status: 'A',
  totalCost: 100,
  commission: 10,
  campaignId: 'camp-1',
  affiliateId: 'aff-1',
  ...told,
});

function open(options: PostAffiliateProOptions & { given?: Record<string, string> } = {}) {
  const { given, ...rest } = options;
  const time = clock();
  const sandbox = createPostAffiliateProSandbox({ timeline: time, ...rest });
  const { host, apiKey, currency } = sandbox.account;
  const { call, verify } = connect(postAffiliatePro, { host, apiKey, timeZone, currency, ...given }, sandbox.fetch);
  const account = { accountRef: host, timeZone, currency };
  return {
    sandbox,
    call,
    verify,
    clock: time,
    read: (window = june) => readWindow(postAffiliatePro, call, account, window),
  };
}

describe('a key of Post Affiliate Pro', () => {
  it('opens the account on its host', async () => {
    const currency = 'USD';
    const accountRef = 'simulated.postaffiliatepro.com';
    expect(await open().verify()).toEqual({ accountRef, name: null, timeZone, currency });
  });

  it('that is wrong is unauthorized', async () => {
    const { verify, read } = open({ given: { apiKey: 'another-key-of-a-merchant' } });
    await expect(verify()).rejects.toMatchObject({ kind: 'unauthorized' });
    await expect(read()).rejects.toMatchObject({ kind: 'unauthorized' });
  });

  it.each([{ host: '127.0.0.1' }, { host: 'simulated.postaffiliatepro.com/x' }, { timeZone: 'Mars/Base' }])(
    'A54: is not tried with %j',
    (given) => {
      expect(() => open({ given })).toThrow(expect.objectContaining({ code: 'validation_failed' }));
    },
  );
});

describe.each([
  ['by letter', false],
  ['by word', true],
])('a transaction, told %s,', (_how, isWorded) => {
  it.each([
    ['S', 'A', { ftdCount: 1, depositsMinor: 10_000, commissionMinor: 1000 }],
    ['S', 'P', { ftdCount: 1, depositsMinor: 10_000, commissionMinor: 1000 }],
    ['S', 'D', null],
    ['A', 'A', { signups: 1, depositsMinor: 10_000, commissionMinor: 1000 }],
    ['U', 'A', { depositsMinor: 10_000, commissionMinor: 1000 }],
    ['B', 'A', { commissionMinor: 1000 }],
    ['R', 'A', { depositsMinor: -10_000, commissionMinor: -1000 }],
    ['H', 'P', { depositsMinor: -10_000, commissionMinor: -1000 }],
    ['H', 'D', null],
  ])('A49: of type %s and status %s counts as %j', async (type, status, counted) => {
    const { sandbox, read } = open({ account: { isWorded } });
    sandbox.book.add(transaction({ id: '1', type, status }));
    const grain = { day: '2026-06-10', currency: 'USD', campaign: 'camp-1', subId: 'aff-1' };
    const pages = await read();
    expect(addUp(pages)).toEqual(counted === null ? [] : [row({ ...grain, ...counted })]);
    expect(pages.map(({ isComplete }) => isComplete)).toEqual([true]);
  });
});

describe('a transaction', () => {
  it.each([{ type: 'Z' }, { type: 'toString' }, { status: 'Q' }, { status: 'toString' }])(
    'A49: as %j is not counted, and the window is not complete',
    async (told) => {
      const { sandbox, read } = open();
      sandbox.book.add(transaction({ id: '1', ...told }));
      const pages = await read();
      expect(addUp(pages).every(({ commissionMinor }) => commissionMinor === 0)).toBe(true);
      expect(pages.map(({ isComplete }) => isComplete)).toEqual([false]);
    },
  );

  it.each([-10, 10])('A34: is taken off once by its refund, which is told as %d', async (commission) => {
    const { sandbox, read } = open();
    sandbox.book.add(transaction({ id: '1', totalCost: 1000, commission: 100 }));
    sandbox.book.add(
      transaction({ id: '2', insertedAt: '2026-06-12 09:00:00', type: 'R', totalCost: commission * 10, commission }),
    );
    expect(addUp(await read()).map(({ day, commissionMinor }) => [day, commissionMinor])).toEqual([
      ['2026-06-10', 10_000],
      ['2026-06-12', -1000],
    ]);
  });

  it('A55: stays on the day that the server writes', async () => {
    const { sandbox, read } = open();
    for (const [id, insertedAt] of ['2026-05-31 23:59:59', '2026-06-01 00:00:00', '2026-06-30 23:59:59'].entries())
      sandbox.book.add(transaction({ id: String(id), insertedAt }));
    expect(addUp(await read()).map(({ day }) => day)).toEqual(['2026-06-01', '2026-06-30']);
  });

  it('A38: that is declined, changed or gone later changes the day on which it happened', async () => {
    const { sandbox, read } = open();
    for (const id of ['1', '2', '3']) sandbox.book.add(transaction({ id }));
    expect(addUp(await read())).toMatchObject([{ ftdCount: 3, commissionMinor: 3000 }]);
    sandbox.book.change('1', { status: 'D' });
    sandbox.book.change('2', { commission: 7.5 });
    sandbox.book.remove('3');
    expect(addUp(await read())).toMatchObject([{ day: '2026-06-10', ftdCount: 1, commissionMinor: 750 }]);
  });

  it('in another currency is refused', async () => {
    const { sandbox, read } = open();
    sandbox.book.add(transaction({ id: '1' }));
    sandbox.faults.plan({ fault: 'wrong_currency' });
    await expect(read()).rejects.toMatchObject({ kind: 'invalid_response' });
  });

  it('is read in the shape of the sample', async () => {
    const given = { host: 'acme.postaffiliatepro.com', apiKey: 'key-of-a-merchant', timeZone, currency: 'USD' };
    const { call } = connect(postAffiliatePro, given, sample);
    const account = { accountRef: given.host, timeZone, currency: 'USD' };
    const window = { from: '2024-04-01', to: '2024-04-04' };
    const first = { campaign: 'camp-1', subId: 'aff-1', currency: 'USD' };
    expect(addUp(await readWindow(postAffiliatePro, call, account, window))).toEqual([
      row({ ...first, day: '2024-04-01', ftdCount: 1, depositsMinor: 50_000, commissionMinor: 5000 }),
      row({ ...first, day: '2024-04-02', ftdCount: 1, depositsMinor: 25_000, commissionMinor: 2500 }),
      row({
        ...first,
        campaign: 'camp-2',
        subId: 'aff-2',
        day: '2024-04-03',
        depositsMinor: 10_000,
        commissionMinor: 1000,
      }),
      row({ ...first, day: '2024-04-04', depositsMinor: -7500, commissionMinor: -750 }),
    ]);
  });
});

describe('the list', () => {
  it('is read to its end, and what is in it are the books', async () => {
    const entry = fc.record({
      days: fc.integer({ min: -10, max: 40 }),
      affiliateId: fc.constantFrom('aff-1', 'aff-2'),
      status: fc.constantFrom('A', 'P', 'D'),
      commissionMinor: fc.integer({ min: 0, max: 1_000_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 260 }), fc.boolean(), async (entries, isWorded) => {
        const { sandbox, read } = open({ account: { isWorded } });
        const expected = entries.map(({ days, affiliateId, status, commissionMinor }, index) => {
          const day = new Date(Date.UTC(2026, 5, 1 + days)).toISOString().slice(0, 10);
          const money = { totalCost: 1, commission: commissionMinor / 100 };
          const insertedAt = `${day} 12:00:00`;
          sandbox.book.add(transaction({ id: String(index), insertedAt, affiliateId, status, ...money }));
          const grain = { day, currency: 'USD', campaign: 'camp-1', subId: affiliateId };
          const isCounted = status !== 'D' && day >= june.from && day <= june.to;
          return isCounted ? [row({ ...grain, ftdCount: 1, depositsMinor: 100, commissionMinor })] : [];
        });
        const pages = await read();
        expect(addUp(pages)).toEqual(addUp([{ rows: expected.flat() }]));
        expect(pages).toHaveLength(Math.max(1, Math.ceil(entries.length / 100)));
      }),
      { numRuns: 20 },
    );
  });

  it('that changes while it is read is given up', async () => {
    const { sandbox, read } = open();
    for (let id = 0; id < 150; id += 1) sandbox.book.add(transaction({ id: String(id) }));
    sandbox.faults.plan({ fault: 'shifting_page', on: ({ query }) => query.get('offset') === '100' });
    await expect(read()).rejects.toMatchObject({ kind: 'unavailable' });
    expect(addUp(await read())).toMatchObject([{ ftdCount: 150 }]);
  });

  it.each([
    ['rate_limited_seconds', { kind: 'rate_limited', retryAfterMs: 2000 }],
    ['unavailable', { kind: 'unavailable', status: 503 }],
    ['truncated', { kind: 'unavailable' }],
    ['malformed', { kind: 'invalid_response' }],
    ['empty', { kind: 'invalid_response' }],
  ] as const)('that is no list is none: %s', async (fault, error) => {
    const { sandbox, read } = open();
    sandbox.faults.plan({ fault });
    await expect(read()).rejects.toMatchObject(error);
    expect(await read()).toHaveLength(1);
  });

  it('A52: is refused with the time to wait beyond 100 calls a minute', async () => {
    const { read, clock: time } = open();
    for (let count = 0; count < 100; count += 1) await read();
    await expect(read()).rejects.toMatchObject({ kind: 'rate_limited', retryAfterMs: 60_000 });
    await time.advance(60_000);
    await expect(read()).resolves.toHaveLength(1);
  });
});
