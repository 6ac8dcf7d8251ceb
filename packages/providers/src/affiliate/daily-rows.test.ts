import { expect, it } from 'vitest';
import { createDailyRows } from './daily-rows.ts';
import { row } from './network.fixture.ts';

const day = '2026-06-01';

it('adds up what shares a day and grain, and nothing else', () => {
  const rows = createDailyRows('EUR');
  const grain = { day, campaign: 'a', source: 'b', subId: '' };
  rows.add(grain, { clicks: 2, commissionMinor: 150 });
  rows.add({ ...grain, subId: 'c' }, { clicks: 1 });
  rows.add({ ...grain, campaign: 'a|b', source: '' }, { clicks: 5 });
  rows.add(grain, { clicks: 3, commissionMinor: -50 });
  expect(rows.rows()).toEqual([
    row({ day, currency: 'EUR', campaign: 'a', source: 'b', clicks: 5, commissionMinor: 100 }),
    row({ day, currency: 'EUR', campaign: 'a', source: 'b', subId: 'c', clicks: 1 }),
    row({ day, currency: 'EUR', campaign: 'a|b', clicks: 5 }),
  ]);
});

it('keeps 200 characters of a name, whole ones', () => {
  const rows = createDailyRows('EUR');
  rows.add({ day, campaign: '💶'.repeat(300), source: '', subId: '' }, {});
  expect(rows.rows()[0]?.campaign).toBe('💶'.repeat(200));
});
