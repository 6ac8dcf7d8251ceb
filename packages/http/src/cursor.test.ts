import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { readCursor, signCursor } from './cursor.ts';

const key = Buffer.alloc(32, 7);
const scope = {
  operationId: 'listWallets',
  owner: '019a3c5e-7b1a-7c44-9d0e-3f2a1b6c8d90',
  filters: { status: 'open' },
};
const position = { createdAt: '2026-11-02T03:04:05.678901Z', id: '019a3c5e-7b1a-7c44-9d0e-3f2a1b6c8d91' };
const positionSchema = z.strictObject({ createdAt: z.string(), id: z.string() });
const cursor = signCursor(key, scope, position);

const refusal = (act: () => unknown) => {
  try {
    return act();
  } catch (error) {
    return (error as { code?: string }).code;
  }
};
const read = (text: string) => refusal(() => readCursor(key, scope, text, positionSchema));

describe('a cursor', () => {
  it('continues where it was signed', () => {
    const places = fc.record({
      at: fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
      id: fc.uuid(),
      name: fc.string({ unit: 'binary', maxLength: 40 }),
      points: fc.maxSafeInteger(),
    });
    fc.assert(
      fc.property(places, fc.uuid(), (place, owner) => {
        const signed = signCursor(key, { operationId: 'list', owner }, place);
        expect(signed).toMatch(/^[A-Za-z0-9_-]{44,512}$/);
        const back = readCursor(key, { operationId: 'list', owner }, signed, z.unknown());
        expect(back).toEqual(JSON.parse(JSON.stringify(place)));
      }),
    );
  });

  it('is refused with any character changed', () => {
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_+/=%';
    fc.assert(
      fc.property(fc.nat(cursor.length - 1), fc.constantFrom(...alphabet), (index, character) => {
        fc.pre(cursor[index] !== character);
        expect(read(cursor.slice(0, index) + character + cursor.slice(index + 1))).toBe('invalid_cursor');
      }),
      { numRuns: 2_000 },
    );
  });

  it('is refused with any bit of its bytes flipped', () => {
    const bytes = Buffer.from(cursor, 'base64url');
    fc.assert(
      fc.property(fc.nat(bytes.length - 1), fc.nat(7), (index, bit) => {
        const flipped = Buffer.from(bytes);
        flipped[index] = (flipped[index] ?? 0) ^ (1 << bit);
        expect(read(flipped.toString('base64url'))).toBe('invalid_cursor');
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    ['cut short', cursor.slice(0, -4)],
    ['shorter than a MAC', 'AAAA'],
    ['extended', `${cursor}AAAA`],
    ['padded', `${cursor}=`],
    ['in white space', ` ${cursor}`],
    ['empty', ''],
    ['SQL', "' or 1=1 --"],
    ['huge', 'A'.repeat(1_000_000)],
    ['U+0000', `${cursor}\u0000`],
  ])('is refused when it is %s', (_name, text) => {
    expect(read(text)).toBe('invalid_cursor');
  });

  it.each([
    ['another owner', { ...scope, owner: '019a3c5e-7b1a-7c44-9d0e-3f2a1b6c8d99' }],
    ['another route', { ...scope, operationId: 'listCustomers' }],
    ['another filter', { ...scope, filters: { status: 'closed' } }],
    ['no filter', { operationId: scope.operationId, owner: scope.owner }],
  ])('is refused for %s', (_name, other) => {
    expect(refusal(() => readCursor(key, other, cursor, positionSchema))).toBe('invalid_cursor');
  });

  it('is refused under another key, and when the list has changed its order', () => {
    expect(refusal(() => readCursor(Buffer.alloc(32, 8), scope, cursor, positionSchema))).toBe('invalid_cursor');
    expect(refusal(() => readCursor(key, scope, cursor, z.strictObject({ points: z.int() })))).toBe('invalid_cursor');
  });

  it('ignores the order in which filters are named', () => {
    const signed = signCursor(key, { ...scope, filters: { a: 1, b: 2 } }, position);
    expect(readCursor(key, { ...scope, filters: { b: 2, a: 1 } }, signed, positionSchema)).toEqual(position);
  });

  it('is neither signed with a short key nor longer than 512 characters', () => {
    expect(() => signCursor(Buffer.alloc(31), scope, position)).toThrow(RangeError);
    expect(() => signCursor(key, scope, 'x'.repeat(400))).toThrow(RangeError);
  });
});
