import { describe, expect, it } from 'vitest';
import { kindOfStatus, readRetryAfter } from './provider-error.ts';

const now = new Date('2026-11-20T12:00:00.250Z');

describe('Retry-After', () => {
  it.each([
    ['0', 0],
    ['120', 120_000],
    [' 7 ', 7000],
    ['Fri, 20 Nov 2026 12:00:30 GMT', 29_750],
    ['Friday, 20-Nov-26 12:00:30 GMT', 29_750],
    ['Fri, 20 Nov 2026 11:00:00 GMT', 0],
  ])('%j is %d ms', (header, expected) => {
    expect(readRetryAfter(header, now)).toBe(expected);
  });

  it.each([null, '', 'soon', '-5', '5.5', '1e3', '99999999999', '2026-11-20T12:00:30Z', 'Fri, GMT', 'Fri, never GMT'])(
    '%j says nothing',
    (header) => {
      expect(readRetryAfter(header, now)).toBeNull();
    },
  );
});

describe('a status', () => {
  it.each([
    [301, 'invalid_response'],
    [400, 'invalid_response'],
    [401, 'unauthorized'],
    [403, 'unauthorized'],
    [404, 'not_found'],
    [408, 'unavailable'],
    [410, 'not_found'],
    [422, 'invalid_response'],
    [429, 'rate_limited'],
    [500, 'unavailable'],
    [504, 'unavailable'],
  ])('%d means %s', (status, kind) => {
    expect(kindOfStatus(status)).toBe(kind);
  });
});
