import { expect, it } from 'vitest';
import { createBook } from './book.ts';

it('keeps what is booked in its place when it is restated, until it is taken away', () => {
  const book = createBook<{ id: string; count: number }>();
  for (const id of ['a', 'b', 'c']) book.add({ id, count: 1 });
  expect(book.change('a', { count: 5 })).toEqual({ id: 'a', count: 5 });
  book.remove('b');
  expect(book.all().map(({ id, count }) => [id, count])).toEqual([
    ['a', 5],
    ['c', 1],
  ]);
});

it('is told of what it has and of nothing else', () => {
  const book = createBook<{ id: string }>();
  book.add({ id: 'a' });
  expect(() => book.add({ id: 'a' })).toThrow('booked already');
  expect(() => book.change('b', {})).toThrow('Nothing is booked');
  expect(() => book.remove('b')).toThrow('Nothing is booked');
});
