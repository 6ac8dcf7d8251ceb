import { describe, expect, it } from 'vitest';
import { readTimeZone } from './time-zone.ts';

describe('the time zone of an account at impact.com', () => {
  it.each([
    ['(GMT -07:00) Pacific Time (US & Canada); Tijuana', 'America/Los_Angeles'],
    ['(GMT -08:00) Pacific Time (US & Canada); Tijuana', 'America/Los_Angeles'],
    ['(GMT -05:00) Eastern Time (US & Canada)', 'America/New_York'],
    ['(GMT) Greenwich Mean Time : Dublin, Edinburgh, Lisbon, London', 'Europe/Dublin'],
    ['(GMT +01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna', 'Europe/Amsterdam'],
    ['(GMT +10:00) Canberra, Melbourne, Sydney', 'Australia/Melbourne'],
    ['(GMT +05:30) Chennai, Kolkata, Mumbai, New Delhi', 'Asia/Kolkata'],
    ['(GMT +05:45) Kathmandu', 'Asia/Kathmandu'],
    ['(GMT +00:00) UTC', 'UTC'],
  ])('%s is %s', (text, timeZone) => {
    expect(readTimeZone(text)).toBe(timeZone);
  });

  it.each([
    '(GMT -07:00) Somewhere',
    '(GMT -07:00)',
    '(GMT +09:00) Pacific Time (US & Canada)',
    '(GMT -07:00) constructor',
    'America/Los_Angeles',
    '',
  ])('is not guessed from %j: an offset alone does not tell when the clocks change', (text) => {
    expect(() => readTimeZone(text)).toThrow(expect.objectContaining({ kind: 'invalid_response' }));
  });
});
