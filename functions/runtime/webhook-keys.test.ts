import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { keysLiveAt } from './webhook-keys.ts';

const end = new Date('2026-11-22T10:00:00Z');
const before = new Date(end.getTime() - 1);
const secret = JSON.stringify(['newer', 'older@2026-11-22T10:00:00Z']);

describe('keys of a webhook', () => {
  it('are live without an end, and with one until it', () => {
    expect(keysLiveAt(secret, before)).toEqual(['newer', 'older']);
    expect(keysLiveAt(secret, end)).toEqual(['newer']);
  });

  it.each(['2026-11-22T10:00:00.000Z', '2026-11-22T12:00:00+02:00'])('may end at %s', (text) => {
    expect(keysLiveAt(JSON.stringify([`key@${text}`]), before)).toEqual(['key']);
    expect(keysLiveAt(JSON.stringify([`key@${text}`]), end)).toEqual([]);
  });

  it('are none before the first is set', () => expect(keysLiveAt('[]', end)).toEqual([]));

  it('keep their order and every character', () => {
    const key = fc.string({ minLength: 1 }).filter((text) => !text.includes('@'));
    const entry = fc.record({ key, until: fc.option(fc.constantFrom('2020-01-01T00:00:00Z', '2030-01-01T00:00:00Z')) });
    fc.assert(
      fc.property(fc.array(entry), (entries) => {
        const text = JSON.stringify(entries.map(({ key, until }) => (until === null ? key : `${key}@${until}`)));
        const live = entries.filter(({ until }) => !until?.startsWith('2020')).map(({ key }) => key);
        expect(keysLiveAt(text, end)).toEqual(live);
      }),
    );
  });

  it.each([
    ['a word', 'key@tomorrow'],
    ['empty', 'key@'],
    ['a day', 'key@2026-11-22'],
    ['without seconds', 'key@2026-11-22T10:00Z'],
    ['without a zone', 'key@2026-11-22T10:00:00'],
    ['a day that is none', 'key@2026-11-31T10:00:00Z'],
    ['a number', 'key@1795219279'],
    ['one of two', 'key@2026-11-22T10:00:00Z@2026-11-23T10:00:00Z'],
    ['followed by something', 'key@2026-11-22T10:00:00Z '],
    ['without a key', '@2026-11-22T10:00:00Z'],
    ['not there, nor a key', ''],
  ])('are not read at all when an end is %s', (_, entry) => {
    expect(keysLiveAt(JSON.stringify(['newer', entry]), before)).toBeNull();
  });

  it.each(['key', '"key"', '{"keys":["key"]}', '[1]', '[["key"]]', 'null', ''])('are not read from %s', (text) => {
    expect(keysLiveAt(text, before)).toBeNull();
  });
});
