import { describe, expect, it } from 'vitest';
import { createEcbSimulator, type EcbOptions } from './ecb-simulator.ts';
import { isPublicationDay } from './publication-days.ts';

const asOf = (time: string, options: EcbOptions = {}) =>
  createEcbSimulator({ ...options, timeline: { now: () => new Date(time), at: () => undefined } });

async function read(simulator: ReturnType<typeof asOf>, file: string) {
  const response = await simulator.fetch(`https://www.ecb.europa.eu/stats/eurofxref/${file}`);
  const body = await response.text();
  return { status: response.status, days: [...body.matchAll(/time='([\d-]+)'/g)].map(([, day]) => day), body };
}

describe('the European Central Bank', () => {
  it.each([
    ['on a working day from 16:00 on', '2026-11-20T15:00:00Z', '2026-11-20'],
    ['before that the day before', '2026-11-20T14:59:00Z', '2026-11-19'],
    ['on Sunday what Friday was', '2026-11-22T20:00:00Z', '2026-11-20'],
    ['at Easter what Thursday was', '2026-04-06T20:00:00Z', '2026-04-02'],
    ['nothing new once it is silent', '2026-11-20T20:00:00Z', '2026-11-16', '2026-11-16'],
  ])('publishes %s', async (_, time, day, silentAfter = '2099-01-01') => {
    const { days, body } = await read(asOf(time, { silentAfter }), 'eurofxref-daily.xml');
    expect(days).toEqual([day]);
    expect(body.match(/currency='[A-Z]{3}' rate='\d+(\.\d+)?'/g)).toHaveLength(29);
  });

  it('tells of ninety days and of years, the newest first, in the words of the day', async () => {
    const simulator = asOf('2026-11-20T20:00:00Z');
    const [daily, recent, all] = await Promise.all(
      ['eurofxref-daily.xml', 'eurofxref-hist-90d.xml', 'eurofxref-hist.xml'].map((file) => read(simulator, file)),
    );
    expect(recent?.days.slice(0, 3)).toEqual(['2026-11-20', '2026-11-19', '2026-11-18']);
    expect([recent?.days.at(-1), recent?.days.length]).toEqual(['2026-08-24', 65]);
    expect(all?.days.length).toBeGreaterThan(800);
    const [cube = 'none'] = daily?.body.match(/<Cube time=.*<\/Cube>/) ?? [];
    expect(recent?.body).toContain(cube);
    expect(all?.body).toContain(cube);
  });

  it('has no other pages', async () => {
    expect(await read(asOf('2026-11-20T20:00:00Z'), 'eurofxref.csv')).toMatchObject({ status: 404 });
  });

  it.each([
    ['2026-01-01', false],
    ['2026-04-03', false],
    ['2026-04-06', false],
    ['2026-05-01', false],
    ['2026-12-25', false],
    ['2027-03-26', false],
    ['2027-03-29', false],
    ['2026-04-07', true],
    ['2026-12-28', true],
    ['2026-11-21', false],
  ])('is open on %s: %s', (day, isOpen) => {
    expect(isPublicationDay(day)).toBe(isOpen);
  });
});
