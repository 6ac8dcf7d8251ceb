import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStorableJson } from './storable-json.ts';

const reasonFor = (bytes: Uint8Array) => {
  try {
    parseStorableJson(bytes);
    return 'stored';
  } catch (error) {
    return (error as { reason: string }).reason;
  }
};

describe('parseStorableJson', () => {
  it.each([
    ['U+0000 in a string', '{"a":"x\\u0000y"}', 'unstorable_json'],
    ['U+0000 in a key', '{"a\\u0000":1}', 'unstorable_json'],
    ['a lone surrogate', '["\\ud800"]', 'unstorable_json'],
    ['a number beyond a double', '{"n":1e400}', 'unstorable_json'],
    ['depth 20,000', `${'['.repeat(20_000)}${']'.repeat(20_000)}`, 'unstorable_json'],
    ['depth 64', `${'['.repeat(65)}${']'.repeat(65)}`, 'stored'],
    ['half a document', '{"a":', 'invalid_json'],
    ['nothing', '', 'invalid_json'],
    ['a surrogate pair', '["\\ud83d\\ude00"]', 'stored'],
  ])('%s', (_name, text, expected) => {
    expect(reasonFor(Buffer.from(text))).toBe(expected);
  });

  it('refuses bytes that are not UTF-8', () => {
    expect(reasonFor(Buffer.from([0x22, 0xff, 0x22]))).toBe('invalid_utf8');
  });

  it('keeps every ordinary document as it is', () => {
    const ordinary = fc
      .jsonValue({ noUnicodeString: true })
      .filter((value) => !JSON.stringify(value).includes('\\u0000'));
    fc.assert(
      fc.property(ordinary, (value) => {
        expect(parseStorableJson(Buffer.from(JSON.stringify(value)))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });
});
