import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { ResponseMismatch, serialize } from './wire.ts';

const schema = z.object({
  at: z.iso.datetime(),
  points: z.number(),
  items: z.array(z.object({ note: z.string().optional() })),
});
const good = {
  at: new Date(0),
  points: 9_007_199_254_740_991n,
  items: [{ note: undefined }, { note: 'x', extra: 'y' }],
};

describe('serialize', () => {
  it('writes dates, bigints and lists, and drops what is undefined or not named', () => {
    expect(serialize(schema, good)).toEqual({
      at: '1970-01-01T00:00:00.000Z',
      points: 9_007_199_254_740_991,
      items: [{}, { note: 'x' }],
    });
  });

  it.each([
    ['an integer a reader would round', { ...good, points: 9_007_199_254_740_993n }, ['points']],
    ['no date', { ...good, at: new Date(Number.NaN) }, ['at']],
    ['a missing field', { ...good, points: undefined }, ['points']],
    ['a wrong type deep inside', { ...good, items: [{}, { note: 5 }] }, ['items.1.note']],
    ['nothing', undefined, ['']],
  ])('refuses %s and names the field, not the value', (_name, value, fields) => {
    const refusal = (() => {
      try {
        return serialize(schema, value);
      } catch (error) {
        return error;
      }
    })();
    expect(refusal).toBeInstanceOf(ResponseMismatch);
    expect(refusal).toMatchObject({ fields });
    expect(String(refusal)).not.toMatch(/9007|NaN/);
  });
});
