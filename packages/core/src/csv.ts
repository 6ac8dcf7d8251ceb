/** What a spreadsheet takes for a formula, full-width forms too, and our own mark (ASVS 1.2.10, OWASP CSV Injection). */
const formulaLike = /^[=+\-@＝＋－＠\t\r\n\0']/;

export type CsvCell = string | number | null;

/**
 * One line of CSV (RFC 4180), its end included. A text that a spreadsheet would run gets a `'` in front, and so does one that begins
 * with it: who reads the file takes one `'` away. Numbers stay numbers. Null is nothing, the empty text is `""`.
 */
export function csvLine(cells: readonly CsvCell[]): string {
  return `${cells.map(showCell).join(',')}\r\n`;
}

function showCell(cell: CsvCell): string {
  if (cell === null) return '';
  if (typeof cell === 'number') return String(cell);
  const safe = formulaLike.test(cell) ? `'${cell}` : cell;
  return safe === '' || /[",\r\n]|^\s|\s$/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
