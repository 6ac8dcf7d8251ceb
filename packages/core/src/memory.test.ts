import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMemory } from './memory.ts';

describe('a memory', () => {
  it('recalls what it keeps until its time, and not at it', () => {
    const memory = createMemory<string>(2);
    memory.keep('plan', 'pro', 100);
    expect([memory.recall('plan', 0), memory.recall('plan', 99), memory.recall('plan', 100)]).toEqual([
      'pro',
      'pro',
      undefined,
    ]);
    expect(memory.recall('another', 0)).toBeUndefined();
  });

  it('keeps the last that was said under a name, and for as long as was said last', () => {
    const memory = createMemory<string>(2);
    memory.keep('plan', 'pro', 100);
    memory.keep('plan', 'free', 50);
    expect([memory.recall('plan', 49), memory.recall('plan', 50)]).toEqual(['free', undefined]);
  });

  it('forgets what was kept first when there is too much, and what was kept again is new', () => {
    const memory = createMemory<number>(2);
    memory.keep('a', 1, 100);
    memory.keep('b', 2, 100);
    memory.keep('a', 3, 100);
    memory.keep('c', 4, 100);
    expect(['a', 'b', 'c'].map((name) => memory.recall(name, 0))).toEqual([3, undefined, 4]);
  });

  it('never recalls more than it may remember, and of what is left always the last', () => {
    const steps = fc.array(fc.tuple(fc.integer({ min: 0, max: 9 }), fc.integer({ min: 1, max: 20 })), {
      maxLength: 40,
    });
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 5 }), (kept, most) => {
        const memory = createMemory<number>(most);
        for (const [index, [name, until]] of kept.entries()) memory.keep(String(name), index, until);
        // The most recently kept names, each with what was said of it last.
        const last = new Map(kept.map(([name, until], index) => [name, { index, until }]));
        const newest = [...last].sort(([, one], [, other]) => other.index - one.index).slice(0, most);
        const expected = newest.filter(([, { until }]) => until > 10).map(([name, { index }]) => [name, index]);
        const recalled = Array.from({ length: 10 }, (_, name) => [name, memory.recall(String(name), 10)]);
        expect(recalled.filter(([, value]) => value !== undefined)).toEqual(expected.sort());
      }),
    );
  });
});
