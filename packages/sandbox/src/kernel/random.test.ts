import { describe, expect, it } from 'vitest';
import { createRandom } from './random.ts';

const draws = (seed: string | number, count = 1000) => {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => random.next());
};

describe('draws', () => {
  it('are the same for the same seed, and others for the next', () => {
    expect(draws(7)).toEqual(draws(7));
    expect(draws('7')).toEqual(draws(7));
    const [seven, eight] = [draws(7), draws(8)];
    expect(seven.filter((draw, index) => draw === eight[index])).toEqual([]);
  });

  it('spread evenly from 0 to below 1', () => {
    const tenths = Array.from({ length: 10 }, () => 0);
    for (const draw of draws('even', 10_000)) tenths[Math.floor(draw * 10)] = (tenths[Math.floor(draw * 10)] ?? 0) + 1;
    expect(tenths).toHaveLength(10);
    expect(Math.min(...tenths)).toBeGreaterThan(900);
    expect(Math.max(...tenths)).toBeLessThan(1100);
  });

  it('of a fork depend on its name, and shift nothing elsewhere', () => {
    const [one, other] = [createRandom(1), createRandom(1)];
    const drawn = one.fork('webhooks').text(20);
    expect(other.next()).toBe(one.next());
    expect(other.fork('webhooks').text(20)).toBe(drawn);
    expect(one.fork('tokens').text(20)).not.toBe(drawn);
  });
});

it('picks, tosses, and writes ids', () => {
  const random = createRandom('ids');
  const picked = new Set(Array.from({ length: 200 }, () => random.pick(['a', 'b', 'c'])));
  expect([...picked].sort()).toEqual(['a', 'b', 'c']);
  expect(() => random.pick([])).toThrow('nothing to pick');
  expect([random.chance(0), random.chance(1)]).toEqual([false, true]);
  expect(random.text(30, 'XY')).toMatch(/^[XY]{30}$/);
  expect(random.uuid()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
});
