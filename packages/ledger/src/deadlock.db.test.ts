import type { TenantTransaction } from '@tributary/db/transaction';
import { testDatabase } from '@tributary/testing/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { expireHolds, hold, holdOne, resolveHolds } from './hold.ts';
import { post } from './post.ts';
import { reverse } from './reverse.ts';
import { belowZero, type Crowd, numbered, openCrowd, shuffled } from './test/crowd.ts';
import { hour } from './test/hold-books.ts';

describe('nobody waits in a circle', () => {
  let crowd: Crowd;
  beforeAll(async () => {
    crowd = openCrowd(await testDatabase());
  });
  afterAll(() => crowd.close());

  it.each([
    ['that both keep lots', { a: { keepsLots: true }, b: { keepsLots: true } }],
    ['of which the first keeps lots', { a: { keepsLots: true }, b: {} }],
    ['of which the second keeps lots', { a: {}, b: { keepsLots: true } }],
    ['of which the first only records', { a: { mode: 'recording' }, b: {} }],
    ['of which none does', { a: {}, b: {} }],
  ] as const)('in transfers, alone and in sets, both ways between two accounts %s', async (_what, chart) => {
    const { transfer, tx, begun, wrong } = await crowd.books(chart);
    const rounds = numbered(40);
    await Promise.all(
      rounds.flatMap((round) =>
        [
          [transfer(`there ${round}`, 'a', 'b', 1)],
          [transfer(`back ${round}`, 'b', 'a', 1)],
          [transfer(`x ${round}`, 'a', 'b', 1), transfer(`y ${round}`, 'b', 'a', 1)],
        ].map((set) => tx((open) => post(open, set))),
      ),
    );
    expect(begun.times).toBe(3 * rounds.length);
    expect(await wrong()).toEqual([]);
  });

  it('batches, holds, resolutions, reversals and sweeps that overlap in any order never wait in a circle', async () => {
    const codes = numbered(8).map((index) => `a${index}`);
    const book = await crowd.books({
      owed: { mode: 'recording' },
      ...Object.fromEntries(codes.map((code) => [code, { floor: 0 }])),
    });
    const { transfer, account, outcomes, tx, begun, wrong } = book;
    await outcomes(...codes.map((code) => transfer(`opening ${code}`, 'owed', code, 200)));
    const pairs = (seed: number, count: number) =>
      numbered(count).map((index) => shuffled(codes, 100 * seed + index).slice(0, 2) as [string, string]);
    const held = (seed: number) =>
      pairs(seed, 4).map(([from, to], index) => ({
        key: `h${seed} ${index}`,
        debitAccountId: account(from),
        creditAccountId: account(to),
        amount: 1 + index,
        expiresAt: hour(seed % 2 ? 1 : 9),
      }));
    const holdIds: string[] = [];
    for (const seed of numbered(16)) {
      for (const wanted of held(seed)) holdIds.push(await tx((open) => holdOne(open, wanted)));
    }
    begun.times = 0;
    const work = numbered(60).map((seed): ((tx: TenantTransaction) => Promise<unknown>) => {
      const ids = shuffled(holdIds, seed).slice(0, 10);
      const options = { kind: 'capture', at: hour(0) };
      const kinds = [
        (open: TenantTransaction) =>
          post(
            open,
            pairs(seed, 10).map(([from, to], index) => transfer(`p${seed} ${index}`, from, to, 5)),
          ),
        (open: TenantTransaction) => hold(open, held(1000 + seed)),
        (open: TenantTransaction) =>
          resolveHolds(
            open,
            ids.map((holdId, index) => ({ holdId, amount: index % 3 === 0 ? null : 1 })),
            options,
          ),
        (open: TenantTransaction) => expireHolds(open, { at: hour(2), limit: 20 }),
        async (open: TenantTransaction) => {
          const [done] = await open.query<{ id: string }>(
            `select id from ledger.postings where org_id = $1 and kind = 'transfer' order by md5(id::text || $2) limit 1`,
            [open.orgId, String(seed)],
          );
          return reverse(open, { key: `r${seed}`, postingId: done?.id ?? '', kind: 'reversal', effectiveAt: hour(0) });
        },
      ];
      return kinds[seed % kinds.length] as (typeof kinds)[number];
    });
    await Promise.all(work.map((each) => tx(each)));
    expect(begun.times).toBe(work.length);
    expect(await belowZero(book)).toEqual([]);
    expect(await wrong()).toEqual([]);
  });
});
