import { describe, expect, it } from 'vitest';
import { programmeAt, settledBefore } from './programme.ts';

const dayMs = 86_400_000;
const now = new Date('2026-11-20T15:30:00Z');
const daysAgo = (days: number) => new Date(now.getTime() - days * dayMs);
const inAll = (at: Date, from = daysAgo(35)) => {
  const spells = programmeAt(at, from);
  const sales = spells.flatMap((spell) => spell.sales);
  const reversed = sales.filter(({ status }) => status === 'reversed').length;
  const sum = (of: (spell: (typeof spells)[number]) => number) => spells.reduce((total, spell) => total + of(spell), 0);
  return { clicks: sum(({ clicks }) => clicks), signups: sum(({ signups }) => signups), sales: sales.length, reversed };
};

describe('the programme that runs on the simulators of networks', () => {
  it('brings something on each of thirty-five days by each of six links, and more clicks than sign-ups than sales', () => {
    const spells = programmeAt(now, daysAgo(35));
    const days = Map.groupBy(spells, ({ at }) => at.toISOString().slice(0, 10));
    expect(days.size).toBe(36);
    for (const told of days.values()) expect(new Set(told.map(({ link }) => link.subId)).size).toBe(6);
    const { clicks, signups, sales, reversed } = inAll(now);
    expect(clicks).toBeGreaterThan(10 * signups);
    expect(signups).toBeGreaterThan(2 * sales);
    expect(sales).toBeGreaterThan(4 * reversed);
    expect(reversed).toBeGreaterThan(5);
  });

  it('says of a time the same whenever it is asked, and from whichever day on', () => {
    const since = (day: Date) => programmeAt(now, day).filter(({ at }) => at >= now || at >= daysAgo(9));
    expect(since(daysAgo(10))).toEqual(since(daysAgo(90)));
  });

  it('goes on with the time: nothing that was counted goes away but what is reversed', () => {
    const [before, soon, later] = [0, 600_000, 3 * dayMs].map((ms) => inAll(new Date(now.getTime() + ms)));
    expect(soon?.clicks).toBeGreaterThan(before?.clicks ?? 0);
    expect(later?.sales).toBeGreaterThan(soon?.sales ?? 0);
    expect(later?.reversed).toBeGreaterThan(before?.reversed ?? 0);
  });

  it('changes nothing any more that happened a week ago', () => {
    const settled = (at: Date) => programmeAt(at, daysAgo(35)).filter((spell) => spell.at < settledBefore(now));
    const sold = (at: Date) => settled(at).map(({ sales, clicks }) => [clicks, sales.map(({ status }) => status)]);
    const early = settled(now).flatMap(({ sales }) => sales.filter(({ at }) => at < settledBefore(now)));
    expect(early.every(({ status }) => status !== 'pending')).toBe(true);
    expect(sold(new Date(now.getTime() + 30 * dayMs)).slice(0, -6)).toEqual(sold(now).slice(0, -6));
  });

  it('numbers its sales, each once', () => {
    const ids = programmeAt(now, daysAgo(100)).flatMap(({ sales }) => sales.map(({ id }) => id));
    expect(ids.every((id) => /^\d{14}$/.test(id) && Number.isSafeInteger(Number(id)))).toBe(true);
    expect(new Set(ids).size).toBe(ids.length);
  });
});
