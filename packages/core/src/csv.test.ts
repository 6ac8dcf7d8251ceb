import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { csvLine } from './csv.ts';

describe('a line of CSV', () => {
  it.each([
    [['a', 1, null, ''], 'a,1,,""\r\n'],
    [['a,b', 'say "no"', 'two\nlines', ' padded '], '"a,b","say ""no""","two\nlines"," padded "\r\n'],
    [[-5, 0, 1.5], '-5,0,1.5\r\n'],
    [[], '\r\n'],
  ])('%j is %j', (cells, line) => {
    expect(csvLine(cells)).toBe(line);
  });

  it.each([
    '=1+1',
    '+1',
    '-1',
    '@SUM(A1)',
    '\t=1',
    '\r=1',
    '\n=1',
    '\0=1',
    '＝1+1',
    '＋1',
    '－1',
    '＠x',
    "'quoted",
    '=HYPERLINK("http://x","y")',
  ])('never begins a cell with %j', (text) => {
    const [cell] = csvCells(csvLine([text]));
    expect(cell).toBe(`'${text}`);
  });

  it('gives back every text, one mark taken away', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { minLength: 1 }), (texts) => {
        const cells = csvCells(csvLine(texts));
        expect(cells.map((cell) => cell.replace(/^'/, ''))).toEqual(texts);
        for (const cell of cells) expect(cell).not.toMatch(/^[=+\-@\t\r\n\0＝＋－＠]/);
      }),
    );
  });
});

/** The cells of one line, as RFC 4180 says. */
function csvCells(line: string): string[] {
  const cells: string[] = [];
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/y;
  for (let match = cell.exec(line); match; match = cell.exec(line)) {
    cells.push(match[1]?.replaceAll('""', '"') ?? match[2] ?? '');
    if (match[3] === '\r\n') break;
  }
  return cells;
}
