import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ambiguityOf } from './unambiguous-json.ts';

describe('JSON', () => {
  it.each([
    ['a key twice', '{"a":1,"a":2}', 'twice'],
    ['a key twice, once escaped', '{"a":1,"\\u0061":2}', 'twice'],
    ['a key twice, deep inside', '[{"x":{"a":1,"b":[{}],"a":2}}]', 'twice'],
    ['__proto__ twice', '{"__proto__":1,"__proto__":2}', 'twice'],
    ['a key of 257 characters', `{"${'k'.repeat(257)}":1}`, 'characters'],
    ['a whole number beyond 2^53', '{"a":9007199254740993}', 'digits'],
    ['a number of a thousand digits', `[${'9'.repeat(1000)}]`, 'digits'],
    ['a negative one', '[-9007199254740993]', 'digits'],
    ['a fraction of 16 digits', '[0.1234567890123456]', 'digits'],
    ['a fraction with an exponent', '[1.234567890123456789e3]', 'digits'],
    ['a number beyond a double', '[1e400]', 'digits'],
    ['a number too small for a double', '[1e-400]', 'digits'],
  ])('with %s may be read in two ways', (_, json, why) => {
    expect(ambiguityOf(json)).toEqual({ path: '', message: expect.stringContaining(why) });
  });

  it.each([
    ['{"a":1,"b":{"a":1}}'],
    ['[{"a":1},{"a":1}]'],
    ['{"a":"a","b":"a"}'],
    ['{"a":["a","a"]}'],
    ['{"a":"{\\"a\\":1,\\"a\\":2}"}'],
    ['{"a\\\\":1,"a":2}'],
    ['[9007199254740991,-9007199254740991,0,-0,1.5,1e3,0.000000000000001,12345678901234.5e-3]'],
    [`{"${'k'.repeat(256)}":"9007199254740993"}`],
    ['"a"'],
    ['null'],
  ])('%s is read in one way', (json) => {
    expect(ambiguityOf(json)).toBeNull();
  });

  it('of any value that JavaScript writes is read in one way, if its numbers are exact', () => {
    const numbers = fc.integer({ min: Number.MIN_SAFE_INTEGER, max: Number.MAX_SAFE_INTEGER });
    const leaves = fc.oneof(fc.string(), fc.boolean(), fc.constant(null), numbers);
    const values = fc.letrec((tie) => ({
      value: fc.oneof({ depthSize: 'small' }, leaves, fc.array(tie('value')), fc.dictionary(fc.string(), tie('value'))),
    })).value;
    fc.assert(
      fc.property(values, (value) => {
        expect(ambiguityOf(JSON.stringify(value))).toBeNull();
      }),
    );
  });

  it('that repeats any key of any object is found, wherever it stands', () => {
    const keys = fc.string({ maxLength: 20 });
    fc.assert(
      fc.property(keys, fc.jsonValue(), fc.array(keys), (key, value, others) => {
        const between = others.map((other) => `${JSON.stringify(other)}:${JSON.stringify(value)},`).join('');
        expect(ambiguityOf(`[{"o":{${JSON.stringify(key)}:[],${between}${JSON.stringify(key)}:{}}}]`)).not.toBeNull();
      }),
    );
  });
});
