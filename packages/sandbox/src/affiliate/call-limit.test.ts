import { expect, it } from 'vitest';
import type { SandboxRequest } from '../kernel/message.ts';
import { createVirtualClock } from '../kernel/virtual-clock.ts';
import { createCallLimit } from './call-limit.ts';

const of = (key: string): SandboxRequest => ({
  method: 'GET',
  path: '/',
  query: new URLSearchParams(),
  headers: { key },
  body: Buffer.alloc(0),
});

it('lets so many calls in for each key and window, and says when the next one begins', async () => {
  const clock = createVirtualClock(new Date('2026-07-15T12:00:10.5Z'));
  const refuse = () => ({ status: 429, headers: { told: 'x' }, body: null });
  const limit = createCallLimit({
    calls: 2,
    seconds: 30,
    now: clock.now,
    keyOf: ({ headers }) => headers.key || null,
    refuse,
  });
  const enter = (...keys: string[]) => keys.map((key) => limit.enter(of(key))?.headers ?? null);
  const refusal = { told: 'x', 'retry-after': '20' };
  expect(enter('a', 'a', 'a', 'b', '', '', '')).toEqual([null, null, refusal, null, null, null, null]);
  await clock.advance(19_500);
  expect(enter('a', 'a', 'a')).toEqual([null, null, { told: 'x', 'retry-after': '30' }]);
});
