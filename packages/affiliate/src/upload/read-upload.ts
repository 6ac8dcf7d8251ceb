import { type DailyStats, type DayWindow, dailyMetrics } from '@tributary/core/daily-stats';
import { type ReadCell, readAmount, readCount, readDay, readName } from './read-cell.ts';
import { readRecords, type UploadRecord } from './read-records.ts';
import { columnOf, isMetric, readAs, type UploadColumn } from './upload-columns.ts';
import { isShort, type UploadFormat } from './upload-format.ts';

/** Of a file, in bytes. */
export const mostUploadBytes = 5 * 1024 * 1024;

/** Of a file, its heading not counted. */
export const mostUploadRows = 100_000;

/** Why a file, a line of it or a cell cannot be read. Stable: clients switch on them. */
export type UploadProblemCode =
  | 'file_too_large'
  | 'not_utf8'
  | 'no_rows'
  | 'too_many_rows'
  | 'too_many_days'
  | 'broken_quote'
  | 'missing_column'
  | 'missing_metric'
  | 'repeated_column'
  | 'cell_count'
  | 'invalid_day'
  | 'day_outside_window'
  | 'invalid_count'
  | 'invalid_amount'
  | 'too_large'
  | 'invalid_name'
  | 'name_too_long'
  | 'other_currency';

/** Never what the line says. */
export interface UploadProblem {
  /** From 1, the heading; null for the file as a whole. */
  line: number | null;
  column: UploadColumn | null;
  code: UploadProblemCode;
}

export type ReadUpload =
  | { isRead: false; problems: readonly UploadProblem[] }
  | {
      isRead: true;
      rows: readonly DailyStats[];
      window: DayWindow;
      isComplete: boolean;
      /** What was found in the heading: of the other metrics the rows say 0. */
      columns: readonly UploadColumn[];
    };

/**
 * Daily statistics out of a CSV file in UTF-8: all of its rows, or every problem it has. Columns are found by their headings (see
 * `headings`), others are left aside; an empty cell is 0.
 * @param currency of the account, which a column of currencies must agree with
 */
export function readUpload(bytes: Uint8Array, format: UploadFormat, currency: string): ReadUpload {
  if (bytes.byteLength > mostUploadBytes) return refused('file_too_large');
  const text = decode(bytes);
  if (text === null) return refused('not_utf8');
  const { records, brokenAt } = readRecords(text, format.delimiter);
  const broken = brokenAt === null ? [] : [problem(brokenAt, 'broken_quote')];
  const [heading, ...lines] = records;
  if (heading === undefined)
    return { isRead: false, problems: brokenAt === null ? [problem(null, 'no_rows')] : broken };
  const columns = heading.cells.map(columnOf);
  const problems = headingProblems(heading, columns);
  if (problems.length > 0) return { isRead: false, problems: [...problems, ...broken] };
  if (lines.length > mostUploadRows) return refused('too_many_rows');
  const rows = lines.map((line) => readRow(line, columns, format, currency, problems));
  problems.push(...broken);
  if (problems.length > 0) return { isRead: false, problems };
  return toUpload(rows, columns, format);
}

function toUpload(
  rows: readonly DailyStats[],
  columns: readonly (UploadColumn | null)[],
  { window, coversWindow }: UploadFormat,
): ReadUpload {
  const days = rows.map(({ day }) => day).sort();
  const [from, to] = [window?.from ?? days[0], window?.to ?? days.at(-1)];
  if (from === undefined || to === undefined || (rows.length === 0 && !coversWindow)) return refused('no_rows');
  if (!isShort({ from, to })) return refused('too_many_days');
  const known = columns.filter((column) => column !== null);
  return { isRead: true, rows, window: { from, to }, isComplete: coversWindow, columns: known };
}

function decode(bytes: Uint8Array): string | null {
  try {
    // Takes a byte order mark away.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

function headingProblems({ line }: UploadRecord, columns: readonly (UploadColumn | null)[]): UploadProblem[] {
  const known = columns.filter((column) => column !== null);
  const repeated = known.filter((column, index) => known.indexOf(column) < index);
  return [
    ...[...new Set(repeated)].map((column) => problem(line, 'repeated_column', column)),
    ...(known.includes('day') ? [] : [problem(line, 'missing_column', 'day')]),
    ...(known.some(isMetric) ? [] : [problem(line, 'missing_metric')]),
  ];
}

/** The row of a line; what is wrong with it is added to the problems. */
function readRow(
  { line, cells }: UploadRecord,
  columns: readonly (UploadColumn | null)[],
  format: UploadFormat,
  currency: string,
  problems: UploadProblem[],
): DailyStats {
  const row: DailyStats = { day: '', campaign: '', source: '', subId: '', currency, ...zeroes };
  if (cells.length !== columns.length) {
    problems.push(problem(line, 'cell_count'));
    return row;
  }
  for (const [index, column] of columns.entries()) {
    if (column === null) continue;
    const read = readColumn[readAs[column]](cells[index] ?? '', format, currency);
    if ('code' in read) problems.push(problem(line, read.code, column));
    else Object.assign(row, { [column]: read.value });
  }
  return row;
}

type Read = (cell: string, format: UploadFormat, currency: string) => ReadCell<string | number, UploadProblemCode>;

const readColumn: Readonly<Record<(typeof readAs)[UploadColumn], Read>> = {
  day: (cell, { dayFormat, window }) => {
    const read = readDay(cell.trim(), dayFormat);
    const isOutside = 'value' in read && window !== null && (read.value < window.from || read.value > window.to);
    return isOutside ? { code: 'day_outside_window' } : read;
  },
  name: (cell) => readName(cell),
  count: (cell, format) => readCount(cell.trim(), format),
  amount: (cell, format, currency) => readAmount(cell.trim(), currency, format),
  currency: (cell, _format, currency) =>
    cell.trim().toUpperCase() === currency ? { value: currency } : { code: 'other_currency' },
};

const zeroes = Object.fromEntries(dailyMetrics.map((metric) => [metric, 0])) as Record<
  (typeof dailyMetrics)[number],
  number
>;

const problem = (line: number | null, code: UploadProblemCode, column: UploadColumn | null = null): UploadProblem => ({
  line,
  column,
  code,
});

const refused = (code: UploadProblemCode): ReadUpload => ({ isRead: false, problems: [problem(null, code)] });
