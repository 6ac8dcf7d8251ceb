import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { balanceAt, balanceNow } from './balance.ts';
import { foldRecords } from './fold.ts';
import { post } from './post.ts';
import { books } from './test/books.ts';

describe('foldRecords', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  async function open() {
    const book = await books(database, {
      ann: {},
      bob: {},
      owed: { kind: 'liability', mode: 'recording' },
      cash: { kind: 'asset', unit: 'USD', mode: 'recording' },
      sales: { unit: 'USD' },
    });
    const { tx, account, transfer } = book;
    return {
      ...book,
      earn: (key: string, code: string, amount: number) => book.run([transfer(key, 'owed', code, amount)]),
      fold: () => tx(foldRecords),
      owed: async () => (await tx((open) => balanceNow(open, account('owed'))))?.posted,
      /** What the row of the account says: what was folded. */
      folded: async () => {
        const [row] = await tx((open) =>
          open.query<{ balance: number }>('select balance from ledger.accounts where org_id = $1 and id = $2', [
            open.orgId,
            account('owed'),
          ]),
        );
        return row?.balance;
      },
    };
  }

  it('moves what was recorded into the balance, once, and the balance is the same before and after', async () => {
    const { earn, run, transfer, fold, owed, folded, wrong } = await open();
    await earn('a', 'ann', 5);
    await earn('b', 'ann', 6);
    await run([transfer('c', 'cash', 'sales', 100)]);
    expect([await owed(), await folded()]).toEqual([-11, 0]);
    expect(await fold()).toBe(3);
    expect([await owed(), await folded()]).toEqual([-11, -11]);
    expect(await fold()).toBe(0);
    await earn('d', 'ann', 7);
    expect([await owed(), await folded()]).toEqual([-18, -11]);
    expect(await fold()).toBe(1);
    expect([await owed(), await folded()]).toEqual([-18, -18]);
    expect(await wrong()).toEqual([]);
  });

  it('the balance at a time is that of the time, however often it was folded since', async () => {
    const { earn, fold, tx, account } = await open();
    const known: [at: Date, balance: number][] = [];
    const note = async (balance: number) => {
      // A Date counts milliseconds: a whole one lies between what is noted and what comes next.
      const [row] = await tx((open) => open.query<{ at: Date }>('select clock_timestamp() as at from pg_sleep(0.002)'));
      known.push([(row as { at: Date }).at, balance]);
    };
    await note(0);
    for (const [index, folds] of [false, true, false, true, true].entries()) {
      await earn(`e${index}`, 'ann', 10);
      await note(-10 * (index + 1));
      if (folds) await fold();
      await note(-10 * (index + 1));
    }
    const balances = await tx(async (open) => {
      const found: number[] = [];
      for (const [at] of known) found.push(await balanceAt(open, account('owed'), at));
      return found;
    });
    expect(balances).toEqual(known.map(([, balance]) => balance));
  });

  it('loses nothing of a transaction that began before it and commits after it', async () => {
    const { tx, transfer, earn, fold, owed, folded, wrong } = await open();
    await tx(async (slow) => {
      await post(slow, [transfer('slow', 'owed', 'ann', 100)]);
      await earn('quick', 'bob', 5);
      expect(await fold()).toBe(1);
      await earn('quicker', 'bob', 1);
      expect(await fold()).toBe(1);
      expect([await owed(), await folded()]).toEqual([-6, -6]);
    });
    expect([await owed(), await folded()]).toEqual([-106, -6]);
    expect(await fold()).toBe(1);
    expect([await owed(), await folded()]).toEqual([-106, -106]);
    expect(await wrong()).toEqual([]);
  });

  it('counts nothing of a transaction that is given up', async () => {
    const { tx, transfer, earn, fold, owed } = await open();
    await tx(async (doomed) => {
      await post(doomed, [transfer('doomed', 'owed', 'ann', 100)]);
      await earn('kept', 'bob', 5);
      expect(await fold()).toBe(1);
      throw new Error('given up');
    }).catch((error: Error) => expect(error.message).toBe('given up'));
    expect(await fold()).toBe(0);
    expect(await owed()).toBe(-5);
  });

  it('in the middle of a transaction that posts before and after it loses neither', async () => {
    const { tx, transfer, earn, fold, owed, folded, wrong } = await open();
    await tx(async (mine) => {
      await post(mine, [transfer('before', 'owed', 'ann', 100)]);
      // Somebody with a later transaction id commits, so that this one's id lies below what the fold has seen.
      await earn('other', 'bob', 5);
      await foldRecords(mine);
      await post(mine, [transfer('after', 'owed', 'ann', 10)]);
    });
    expect(await owed()).toBe(-115);
    await fold();
    expect([await owed(), await folded()]).toEqual([-115, -115]);
    expect(await wrong()).toEqual([]);
  });

  it('two at once fold each record once, and hold up nobody who posts', async () => {
    const { tx, transfer, earn, fold, owed, folded, wrong } = await open();
    await earn('first', 'ann', 1);
    await tx(async (folding) => {
      expect(await foldRecords(folding)).toBe(1);
      await tx(async (posting) => {
        await posting.query(`set local lock_timeout = '2s'`);
        await post(posting, [transfer('meanwhile', 'owed', 'bob', 2)]);
      });
    });
    const earns = Array.from({ length: 60 }, (_, index) => earn(`e${index}`, index % 2 ? 'ann' : 'bob', 1));
    const folds = Array.from({ length: 12 }, () => fold());
    await Promise.all(earns);
    const counts = [...(await Promise.all(folds)), await fold()];
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(61);
    expect([await owed(), await folded()]).toEqual([-63, -63]);
    expect(await wrong()).toEqual([]);
  });
});
