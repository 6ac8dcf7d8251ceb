import fc from 'fast-check';
import { expect, it } from 'vitest';
import { elementsOf } from './json-elements.ts';

const json = fc.jsonValue({ maxDepth: 4 });
const member = fc.constantFrom('orders', 'order', 'or"ders', '', 'a\\');

it('are those that JSON.parse reads, in order, however it is written', () => {
  fc.assert(
    fc.property(fc.dictionary(member, json), member, fc.constantFrom(undefined, 1, '\t'), (object, name, space) => {
      const read = JSON.parse(JSON.stringify(object))[name];
      const elements = elementsOf(JSON.stringify(object, null, space), name);
      expect(elements.map((one) => JSON.parse(one))).toEqual(Array.isArray(read) ? read : []);
    }),
  );
});

it('are as they were written', () => {
  const written = '{"cursor": null, "orders" : [ {"a":1.0,  "b":"]\\u002c"} ,12345678901234567890, [ ]\n]}';
  expect(elementsOf(written, 'orders')).toEqual(['{"a":1.0,  "b":"]\\u002c"}', '12345678901234567890', '[ ]']);
});

it.each([
  ['{"orders":[1],"orders":[2]}', ['2']],
  ['{"orders":[1],"orders":null}', []],
  ['{"found":{"orders":[1]}}', []],
  ['["orders",[1]]', []],
  ['"orders"', []],
])('of %s are %j', (written, elements) => {
  expect(elementsOf(written, 'orders')).toEqual(elements);
});
