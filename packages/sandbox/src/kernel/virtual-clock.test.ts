import { describe, expect, it } from 'vitest';
import { later, systemTimeline } from './timeline.ts';
import { createVirtualClock } from './virtual-clock.ts';

const start = new Date('2026-11-21T12:00:00Z');
const seconds = (count: number) => new Date(start.getTime() + count * 1000);

describe('a virtual clock', () => {
  it('stands still until it is moved', async () => {
    const clock = createVirtualClock(start);
    expect([clock.now(), clock.now()]).toEqual([start, start]);
    await clock.advance(1500);
    expect(clock.now()).toEqual(new Date('2026-11-21T12:00:01.500Z'));
    await clock.set(seconds(60));
    expect(clock.now()).toEqual(seconds(60));
  });

  it('runs what falls due in order of time, and of planning when times are equal', async () => {
    const clock = createVirtualClock(start);
    const seen: string[] = [];
    const plan = (at: number, name: string) => clock.at(seconds(at), () => void seen.push(name));
    for (const [at, name] of [
      [5, 'e'],
      [1, 'a'],
      [3, 'c1'],
      [3, 'c2'],
      [2, 'b'],
      [4, 'd'],
      [9, 'late'],
    ] as const)
      plan(at, name);
    await clock.advance(5000);
    expect(seen).toEqual(['a', 'b', 'c1', 'c2', 'd', 'e']);
    expect(clock.waiting()).toBe(1);
  });

  it('keeps the order of a thousand plans', async () => {
    const clock = createVirtualClock(start);
    const due: number[] = [];
    for (let count = 0; count < 1000; count += 1)
      clock.at(seconds((count * 617) % 1000), () => void due.push(clock.now().getTime()));
    await clock.advance(1_000_000);
    expect(due).toHaveLength(1000);
    expect(due).toEqual(due.toSorted((one, other) => one - other));
  });

  it('shows planned work its own time, and runs in the same move what that work plans', async () => {
    const clock = createVirtualClock(start);
    const seen: Date[] = [];
    clock.at(seconds(2), async () => {
      await Promise.resolve();
      seen.push(clock.now());
      clock.at(later(clock, 3000), () => void seen.push(clock.now()));
    });
    await clock.advance(10_000);
    expect(seen).toEqual([seconds(2), seconds(5)]);
    expect(clock.now()).toEqual(seconds(10));
  });

  it('runs at the next move what is due already', async () => {
    const clock = createVirtualClock(start);
    const seen: Date[] = [];
    clock.at(seconds(-60), () => void seen.push(clock.now()));
    expect(seen).toEqual([]);
    await clock.advance(0);
    expect(seen).toEqual([start]);
  });

  it('jumps back, and runs nothing', async () => {
    const clock = createVirtualClock(start);
    clock.at(seconds(1), () => expect.unreachable());
    await clock.set(seconds(-3600));
    expect([clock.now(), clock.waiting()]).toEqual([seconds(-3600), 1]);
  });

  it('is not moved by what it runs', async () => {
    const clock = createVirtualClock(start);
    clock.at(seconds(1), () => clock.advance(1));
    await expect(clock.advance(2000)).rejects.toThrow('moving already');
    await clock.advance(0);
    expect(clock.now()).toEqual(seconds(1));
  });
});

it('real time runs what is due without being moved', async () => {
  const before = Date.now();
  await new Promise<void>((ran) => systemTimeline.at(new Date(before - 1000), ran));
  expect(systemTimeline.now().getTime()).toBeGreaterThanOrEqual(before);
});
