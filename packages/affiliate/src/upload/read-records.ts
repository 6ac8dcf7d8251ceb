import { CsvError, parse } from 'csv-parse/sync';
import type { UploadFormat } from './upload-format.ts';

/** Cells of a file's record, and the line on which it begins. */
export interface UploadRecord {
  line: number;
  cells: readonly string[];
}

export interface UploadRecords {
  records: readonly UploadRecord[];
  /** Where a quote is out of place, and what comes after cannot be told apart; null for nowhere. */
  brokenAt: number | null;
}

/** The records of a CSV file (RFC 4180, with any delimiter and end of line). Blank ones are left out. */
export function readRecords(text: string, delimiter: UploadFormat['delimiter']): UploadRecords {
  const records: UploadRecord[] = [];
  const keep = (cells: string[], { lines }: { lines: number }) => {
    if (cells.every((cell) => cell.trim() === '')) return null;
    const breaks = cells.reduce((count, cell) => count + (cell.match(/\r\n|\r|\n/g)?.length ?? 0), 0);
    records.push({ line: lines - breaks, cells: cells.map(unmarked) });
    return null;
  };
  try {
    const recordDelimiter = ['\r\n', '\n', '\r'];
    parse(text, {
      delimiter,
      record_delimiter: recordDelimiter,
      relax_column_count: true,
      on_record: keep,
    });
    return { records, brokenAt: null };
  } catch (error) {
    if (!(error instanceof CsvError) || !isQuote(error.code)) throw error;
    return { records, brokenAt: Number(error.lines) };
  }
}

const isQuote = (code: string) => code.includes('QUOTE');

/** Without the mark by which files of ours keep a spreadsheet from running a cell. */
function unmarked(cell: string): string {
  return /^'[=+\-@＝＋－＠\t\r\n\0']/.test(cell) ? cell.slice(1) : cell;
}
