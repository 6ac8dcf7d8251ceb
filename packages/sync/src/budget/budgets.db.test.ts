import { ProviderError } from '@tributary/core/provider-error';
import type { RateLimit } from '@tributary/core/rate-limit';
import { createVirtualClock, type VirtualClock } from '@tributary/sandbox/kernel/virtual-clock';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Asked, type Budgets, createBudgets, type Purpose } from './budgets.ts';

const start = new Date('2026-11-21T12:00:00Z');

describe('budgets', () => {
  let database: TestDatabase;
  let clock: VirtualClock;
  let opened = 0;
  beforeAll(async () => {
    database = await testDatabase();
  });

  /** A provider of the test's own. */
  function grant(...limits: RateLimit[]) {
    opened += 1;
    clock = createVirtualClock(start);
    const provider = `provider ${opened}`;
    const open = () => createBudgets({ system: database.system, limits: { [provider]: limits }, clock: clock.now });
    return { open, budgets: open(), account: (accountRef: string): Asked => ({ provider, accountRef }) };
  }
  /** How long to wait, 0 when it was granted. */
  const waitOf = (budgets: Budgets, asked: Asked, purpose: Purpose = 'hint') =>
    budgets.take(asked, purpose).then(
      () => 0,
      (error: unknown) => {
        if (error instanceof ProviderError && error.kind === 'rate_limited') return error.retryAfterMs;
        throw error;
      },
    );
  /** How many of so many questions, one after the other, are granted. */
  async function grantedOf(count: number, budgets: Budgets, asked: Asked, purpose?: Purpose): Promise<number> {
    let granted = 0;
    for (let question = 0; question < count; question += 1)
      if ((await waitOf(budgets, asked, purpose)) === 0) granted += 1;
    return granted;
  }

  it('of twenty that ask at once, from as many processes, no more than the limit get through', async () => {
    const { open, account } = grant({ scope: 'account', window: 'minute', limit: 50 });
    for (let round = 0; round < 5; round += 1) {
      const waits = await Promise.all(
        Array.from({ length: 20 }, async () => {
          const budgets = open();
          return Promise.all(Array.from({ length: 5 }, () => waitOf(budgets, account(`round ${round}`))));
        }),
      );
      expect(waits.flat().filter((waitMs) => waitMs === 0)).toHaveLength(50);
    }
  });

  it('tell how long to wait, and begin anew when the window has passed', async () => {
    const { budgets, account } = grant({ scope: 'account', window: 'minute', limit: 2 });
    expect(await grantedOf(2, budgets, account('a'))).toBe(2);
    await clock.advance(20_000);
    expect(await waitOf(budgets, account('a'))).toBe(40_000);
    await clock.advance(39_999);
    expect(await waitOf(budgets, account('a'))).toBe(1);
    await clock.advance(1);
    expect(await grantedOf(5, budgets, account('a'))).toBe(2);
  });

  it('of an application are shared by its accounts, and those of an account are its own', async () => {
    const { budgets, account } = grant(
      { scope: 'app', window: 'second', limit: 5 },
      { scope: 'account', window: 'second', limit: 3 },
    );
    expect(await grantedOf(4, budgets, account('a'))).toBe(3);
    expect(await grantedOf(4, budgets, account('b'))).toBe(2);
    expect(await grantedOf(4, budgets, account('c'))).toBe(0);
  });

  it('take from all of them or from none', async () => {
    const { budgets, account } = grant(
      { scope: 'app', window: 'minute', limit: 3 },
      { scope: 'account', window: 'minute', limit: 2 },
    );
    expect(await grantedOf(10, budgets, account('a'))).toBe(2);
    // What an account was refused was not taken from the application.
    expect(await grantedOf(10, budgets, account('b'))).toBe(1);
  });

  it('keep a fifth for what somebody waits for', async () => {
    const { budgets, account } = grant({ scope: 'account', window: 'minute', limit: 60 });
    expect(await grantedOf(100, budgets, account('a'), 'walk')).toBe(48);
    expect(await grantedOf(100, budgets, account('a'), 'hint')).toBe(12);
  });

  it('keep a fifth of what the least application has, and let it walk, too', async () => {
    const { budgets, account } = grant({ scope: 'account', window: 'day', limit: 5000, least: 1000 });
    const left = (remaining: number) => [{ scope: 'account', window: 'day', remaining } as const];
    await budgets.take(account('a'), 'walk');
    await budgets.feed(account('a'), left(999));
    expect(await waitOf(budgets, account('a'), 'walk')).toBe(0);
    await budgets.feed(account('a'), left(201));
    expect(await waitOf(budgets, account('a'), 'walk')).toBe(0);
    await budgets.feed(account('a'), left(200));
    expect(await waitOf(budgets, account('a'), 'walk')).toBe(24 * 60 * 60_000);
    expect(await waitOf(budgets, account('a'), 'hint')).toBe(0);
  });

  it('believe the provider when it says that less is left, and not that more is', async () => {
    const { budgets, account } = grant({ scope: 'account', window: 'minute', limit: 10 });
    await budgets.take(account('a'), 'hint');
    await budgets.feed(account('a'), [{ scope: 'account', window: 'minute', remaining: 3 }]);
    await budgets.feed(account('a'), [{ scope: 'account', window: 'minute', remaining: 9 }]);
    expect(await grantedOf(10, budgets, account('a'))).toBe(3);
    await clock.advance(60_000);
    expect(await grantedOf(20, budgets, account('a'))).toBe(10);
  });

  it.each([
    ['with a limit', [{ scope: 'account', window: 'second', limit: 100 }]],
    ['without one', []],
  ] as const)('ask nothing of an account %s before its provider wants to be asked again', async (_, limits) => {
    const { budgets, account } = grant(...limits);
    expect(await waitOf(budgets, account('a'))).toBe(0);
    await budgets.block(account('a'), 'account', new Date(start.getTime() + 90_000));
    await budgets.block(account('a'), 'account', new Date(start.getTime() + 30_000));
    await clock.advance(60_000);
    expect(await waitOf(budgets, account('a'))).toBe(30_000);
    expect(await waitOf(budgets, account('b'))).toBe(0);
    await clock.advance(30_000);
    expect(await waitOf(budgets, account('a'))).toBe(0);
  });

  it('ask nothing of any account when the application is asked to wait', async () => {
    const { budgets, account } = grant({ scope: 'app', window: 'second', limit: 100 });
    await budgets.take(account('a'), 'hint');
    await budgets.block(account('a'), 'app', new Date(start.getTime() + 5000));
    expect(await waitOf(budgets, account('b'))).toBe(5000);
  });

  it('count no questions where nothing is limited', async () => {
    const { budgets, account } = grant();
    expect(await grantedOf(200, budgets, account('a'), 'walk')).toBe(200);
  });
});
