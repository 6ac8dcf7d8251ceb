import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { day, lotBooks, until } from './test/lot-books.ts';

describe('what gives lots back', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  describe('a reversal', () => {
    it('L47 gives back what was taken with the expiry it had, the latest first', async () => {
      const { earn, move, undo, left, wrong } = await lotBooks(database);
      await earn('ann', [5, until(10)], [5, until(20)], [5, until(null)]);
      const bought = await move('ann', 'spent', 12);
      await undo('r1', bought, 3);
      expect(await left('ann')).toBe('1@20 5@never');
      await undo('r2', bought);
      expect(await left('ann')).toBe('5@10 5@20 5@never');
      expect(await wrong()).toEqual([]);
    });

    it('takes back the lot that the posting made, before others', async () => {
      const { earn, undo, left, wrong } = await lotBooks(database);
      const [, second] = await earn('ann', [5, until(10)], [5, until(20)]);
      await undo('r', second as string, 4);
      expect(await left('ann')).toBe('5@10 1@20');
      expect(await wrong()).toEqual([]);
    });

    it('of what was spent meanwhile takes other lots for the rest, and then falls into debt', async () => {
      const { earn, move, undo, left, balances, wrong } = await lotBooks(database);
      const [first] = await earn('ann', [5, until(10)], [5, until(20)]);
      await move('ann', 'spent', 8);
      await undo('r', first as string);
      expect(await left('ann')).toBe('');
      expect((await balances()).ann?.[0]).toBe(-3);
      await earn('ann', [5, until(30)]);
      expect(await left('ann')).toBe('2@30');
      expect(await wrong()).toEqual([]);
    });

    it('gives back to a lot that expired meanwhile, which then expires again', async () => {
      const { earn, move, undo, left, expire, balances, wrong } = await lotBooks(database);
      await earn('ann', [5, until(10)]);
      const bought = await move('ann', 'spent', 3);
      expect(await expire(day(10))).toBe(1);
      await undo('r', bought);
      expect(await left('ann')).toBe('3@10');
      expect(await expire(day(10))).toBe(1);
      expect(await expire(day(10))).toBe(0);
      expect(await balances()).toMatchObject({ ann: [0, 5] });
      expect(await wrong()).toEqual([]);
    });
  });

  describe('a hold', () => {
    it('takes its lots when it is made; a part posted gives the rest back, the latest first', async () => {
      const { earn, setAside, resolve, left, wrong } = await lotBooks(database);
      await earn('ann', [5, until(10)], [5, until(20)]);
      const holdId = await setAside(8);
      expect(await left('ann')).toBe('2@20');
      await resolve(holdId, 6);
      expect(await left('ann')).toBe('4@20');
      expect(await wrong()).toEqual([]);
    });

    it('voided gives everything back, but for what is owed meanwhile', async () => {
      const { earn, setAside, resolve, move, left, wrong } = await lotBooks(database);
      await earn('ann', [5, until(10)], [5, until(20)]);
      const holdId = await setAside(8);
      await move('ann', 'owed', 5, { overdraw: true });
      expect(await left('ann')).toBe('');
      await resolve(holdId, null);
      expect(await left('ann')).toBe('2@10 3@20');
      expect(await wrong()).toEqual([]);
    });

    it('keeps what it took from expiring, until it is given back', async () => {
      const { earn, setAside, resolve, expire, balances, wrong } = await lotBooks(database);
      await earn('ann', [5, until(10)]);
      const holdId = await setAside(4);
      expect(await expire(day(10))).toBe(1);
      expect((await balances()).ann).toEqual([4, 2]);
      await resolve(holdId, 1);
      expect(await expire(day(10))).toBe(1);
      expect((await balances()).ann).toEqual([0, 4]);
      expect(await wrong()).toEqual([]);
    });

    it('that was posted is reversed into the lots that it took', async () => {
      const { earn, setAside, resolve, undo, left, wrong } = await lotBooks(database);
      await earn('ann', [5, until(10)], [5, until(20)]);
      const [captured] = await resolve(await setAside(8), 6);
      await undo('r', captured?.postingId ?? '');
      expect(await left('ann')).toBe('5@10 5@20');
      expect(await wrong()).toEqual([]);
    });
  });
});
