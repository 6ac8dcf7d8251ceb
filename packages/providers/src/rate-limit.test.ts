import { createCloverSandbox } from '@tributary/sandbox/clover/clover-sandbox';
import { createVirtualClock } from '@tributary/sandbox/kernel/virtual-clock';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { addressOf } from './clover/address.ts';
import * as clover from './clover/limits.ts';
import { ProviderError } from './fetch/provider-error.ts';
import * as square from './square/limits.ts';
import { createCall } from './walk/walk.fixture.ts';
import * as xero from './xero/limits.ts';

const answer = (headers: Record<string, string>, status = 200) => ({ status, headers: new Headers(headers) });

describe('what is left of Xero’s limits', () => {
  const all = { 'X-DayLimit-Remaining': '4321', 'X-MinLimit-Remaining': '59', 'X-AppMinLimit-Remaining': '9999' };
  const [day, minute, app] = [
    { scope: 'account', window: 'day', remaining: 4321 },
    { scope: 'account', window: 'minute', remaining: 59 },
    { scope: 'app', window: 'minute', remaining: 9999 },
  ];

  it('is on every answer', () => expect(xero.budgetsIn(answer(all))).toEqual([day, minute, app]));

  it.each([
    ['minute', [day, app, { scope: 'account', window: 'minute', remaining: 0 }]],
    ['day', [minute, app, { scope: 'account', window: 'day', remaining: 0 }]],
    ['AppMinute', [day, minute, { scope: 'app', window: 'minute', remaining: 0 }]],
    ['concurrent', [day, minute, app, { scope: 'account', window: 'concurrent', remaining: 0 }]],
    ['constructor', [day, minute, app]],
  ])('is nothing of the one that is the problem: %s', (problem, budgets) => {
    expect(xero.budgetsIn(answer({ ...all, 'X-Rate-Limit-Problem': problem }, 429))).toEqual(budgets);
  });

  it.each(['', '-1', '1.5', 'many', '9999999999'])('is not known from %j', (text) => {
    expect(xero.budgetsIn(answer({ 'X-MinLimit-Remaining': text }))).toEqual([]);
  });
});

describe('what is left of Clover’s limits', () => {
  it.each([
    ['X-RateLimit-tokenLimit', { scope: 'account', window: 'second', remaining: 0 }],
    ['X-RateLimit-tokenConcurrentLimit', { scope: 'account', window: 'concurrent', remaining: 0 }],
    ['X-RateLimit-crossTokenLimit', { scope: 'app', window: 'second', remaining: 0 }],
    ['X-RateLimit-crossTokenConcurrentLimit', { scope: 'app', window: 'concurrent', remaining: 0 }],
  ])('is nothing of the one that a 429 names: %s', (name, budget) => {
    expect(clover.budgetsIn(answer({ [name]: '16' }, 429))).toEqual([budget]);
    expect(clover.budgetsIn(answer({ [name]: '16' }))).toEqual([]);
  });

  it('is known from the error of a refused call', async () => {
    const merchants = [{ id: 'M1', accessToken: 'own' }];
    const sandbox = createCloverSandbox({ merchants, timeline: createVirtualClock(new Date(0)) });
    const address = addressOf({ apiUrl: sandbox.url, accountRef: 'M1', accessToken: 'own' });
    const call = createCall(address, sandbox.fetch);
    const ask = () => call({ path: 'payments' }, z.unknown());
    const limit = clover.limits.find(({ scope, window }) => scope === 'account' && window === 'second')?.limit ?? 0;
    for (let count = 0; count < limit; count += 1) await ask();
    const error = await ask().catch((thrown: unknown) => thrown);
    if (!(error instanceof ProviderError)) throw new Error('It was not refused.');
    const { status, headers } = error;
    expect(clover.budgetsIn({ status, headers: new Headers(headers) })).toEqual([
      { scope: 'account', window: 'second', remaining: 0 },
    ]);
  });
});

it('Square says nothing of limits', () => {
  expect([square.limits, square.budgetsIn(answer({ 'X-MinLimit-Remaining': '1' }, 429))]).toEqual([[], []]);
});
