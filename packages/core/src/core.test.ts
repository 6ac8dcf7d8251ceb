import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { canonicalJson, contentHash } from './canonical-json.ts';
import type { AppError } from './errors.ts';
import { readId, showId } from './ids.ts';
import { parse } from './verb.ts';

describe('ids', () => {
  it('are shown with their kind and read back', () => {
    fc.assert(
      fc.property(fc.uuid({ version: 7 }), (uuid) => {
        const shown = showId('wallet', uuid);
        expect(shown).toMatch(/^wal_[0-9a-z]{26}$/);
        expect(readId('wallet', shown)).toBe(uuid);
      }),
    );
  });

  it.each(['', 'wal', 'wal_', 'cus_01h2xcejqtf2nbrexx3vqjhp41', 'wal_zzzzzzzzzzzzzzzzzzzzzzzzzz', "wal_'; drop"])(
    'answer not_found for %j',
    (text) => {
      expect(() => readId('wallet', text)).toThrowError(expect.objectContaining({ code: 'not_found' }));
    },
  );
});

describe('canonical JSON', () => {
  it('does not depend on key order', () => {
    expect(canonicalJson({ b: [1, { d: null, c: 'x' }], a: true })).toBe('{"a":true,"b":[1,{"c":"x","d":null}]}');
    expect(contentHash({ a: 1, b: 2 })).toEqual(contentHash({ b: 2, a: 1 }));
    expect(contentHash({ a: 1 })).not.toEqual(contentHash({ a: 2 }));
  });
});

describe('parse', () => {
  it('names the wrong field and never the value', () => {
    const schema = z.strictObject({ points: z.int().positive(), kind: z.enum(['credit', 'debit']) });
    let refusal: AppError | undefined;
    try {
      parse(schema, { points: -987654, kind: 'sekret', extra: 'sekret' });
    } catch (error) {
      refusal = error as AppError;
    }
    expect(refusal).toMatchObject({ code: 'validation_failed', status: 422 });
    expect(refusal?.issues.map((issue) => issue.path)).toEqual(['points', 'kind', '']);
    expect(JSON.stringify(refusal?.issues)).not.toMatch(/sekret|987654/);
  });
});
