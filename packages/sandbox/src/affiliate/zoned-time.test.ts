import { expect, it } from 'vitest';
import { zonedTime } from './zoned-time.ts';

it.each([
  ['2026-06-30T22:30:00Z', 'Europe/London', '2026-06-30', '23:30:00', '+01:00'],
  ['2026-01-30T22:30:00Z', 'Europe/London', '2026-01-30', '22:30:00', '+00:00'],
  ['2024-09-10T17:42:38Z', 'America/Los_Angeles', '2024-09-10', '10:42:38', '-07:00'],
  ['2026-07-01T04:00:00Z', 'America/New_York', '2026-07-01', '00:00:00', '-04:00'],
  ['2026-07-01T00:00:00Z', 'Asia/Kathmandu', '2026-07-01', '05:45:00', '+05:45'],
  ['2026-07-01T00:00:00Z', 'UTC', '2026-07-01', '00:00:00', '+00:00'],
])('at %s the clocks of %s show %s %s %s', (at, timeZone, day, time, offset) => {
  expect(zonedTime(new Date(at), timeZone)).toEqual({ day, time, offset });
});
