import { csvLine } from '@tributary/core/csv';
import { type DailyStats, dailyMetrics } from '@tributary/core/daily-stats';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { mostUploadBytes, mostUploadRows, readUpload, type UploadProblemCode } from './read-upload.ts';
import type { UploadColumn } from './upload-columns.ts';
import { uploadFormat } from './upload-format.ts';

type Declared = z.input<typeof uploadFormat>;

const read = (text: string, declared: Declared = {}, currency = 'EUR') =>
  readUpload(Buffer.from(text), uploadFormat.parse(declared), currency);

function rowsOf(text: string, declared: Declared = {}, currency = 'EUR'): readonly DailyStats[] {
  const upload = read(text, declared, currency);
  return upload.isRead ? upload.rows : expect.fail(JSON.stringify(upload.problems));
}

/** As `line column code`. */
function problemsOf(text: string, declared: Declared = {}, currency = 'EUR'): string[] {
  const upload = read(text, declared, currency);
  if (upload.isRead) return expect.fail('the file was read');
  return upload.problems.map(({ line, column, code }) => [line ?? '-', column ?? '-', code].join(' '));
}

const heading = 'Date,Campaign,Source,Sub ID,Clicks,Registrations,FTDs,Deposits,GGR,NGR,Commission,Currency';
const nothing = Object.fromEntries(dailyMetrics.map((metric) => [metric, 0]));

describe('an upload', () => {
  it('is read by its headings, whatever their order, case and punctuation', () => {
    const text = `${heading}\n2026-06-01,spring,blog,s1,1200,38,5,4750.00,900.5,610,940,eur\n`;
    const row = {
      day: '2026-06-01',
      campaign: 'spring',
      source: 'blog',
      subId: 's1',
      clicks: 1200,
      signups: 38,
      ftdCount: 5,
      depositsMinor: 475_000,
      ggrMinor: 90_050,
      ngrMinor: 61_000,
      commissionMinor: 94_000,
      currency: 'EUR',
    };
    expect(rowsOf(text)).toEqual([row]);
    const other = 'COMMISSION,subid,sub-id of theirs,day,ftd,signups\n940,s1,x,2026-06-01,5,38\n';
    const told = { day: '2026-06-01', subId: 's1', ftdCount: 5, signups: 38, commissionMinor: 94_000, currency: 'EUR' };
    expect(rowsOf(other)).toEqual([{ campaign: '', source: '', ...nothing, ...told }]);
  });

  it('says which columns it was read from', () => {
    expect(read('Day,Comission,Clicks\n2026-06-01,5,1\n')).toMatchObject({ columns: ['day', 'clicks'] });
  });

  it.each([
    ['a byte order mark', '\uFEFFday,clicks\n2026-06-01,7\n'],
    ['CRLF', 'day,clicks\r\n2026-06-01,7\r\n'],
    ['CR alone', 'day,clicks\r2026-06-01,7\r'],
    ['no end of line at the end', 'day,clicks\n2026-06-01,7'],
    ['blank lines', '\n\nday,clicks\n\n2026-06-01,7\n , \n\n'],
    ['quoted cells', '"day","clicks"\n"2026-06-01","7"\n'],
    ['blanks around', ' day , clicks \n 2026-06-01 , 7 \n'],
  ])('with %s is the same', (_what, text) => {
    expect(rowsOf(text)).toMatchObject([{ day: '2026-06-01', clicks: 7 }]);
  });

  it('keeps delimiters, quotes and lines that are within a quoted name', () => {
    const text = 'day,campaign,clicks\n2026-06-01,"a, ""b""\r\nc",7\n';
    expect(rowsOf(text)).toMatchObject([{ campaign: 'a, "b"\r\nc', clicks: 7 }]);
  });
});

describe('the days of an upload', () => {
  const text = 'day,clicks\n2026-06-03,1\n2026-06-01,1\n';

  it('go from its first to its last unless told, and it is not taken for complete', () => {
    expect(read(text)).toMatchObject({ window: { from: '2026-06-01', to: '2026-06-03' }, isComplete: false });
  });

  it('are all told only when somebody says so', () => {
    const window = { from: '2026-06-01', to: '2026-06-30' };
    expect(read(text, { window, coversWindow: true })).toMatchObject({ window, isComplete: true });
    expect(read('day,clicks\n', { window, coversWindow: true })).toMatchObject({ rows: [], isComplete: true });
    expect(uploadFormat.safeParse({ coversWindow: true }).success).toBe(false);
  });

  it.each([
    { window: { from: '2026-06-02', to: '2026-06-01' } },
    { window: { from: '2025-01-01', to: '2026-06-01' } },
    { decimalMark: ',', groupMark: ',' },
    { dayFormat: 'D/M/Y' },
    { quote: "'" },
  ])('are not declared as %j', (declared) => {
    expect(uploadFormat.safeParse(declared).success).toBe(false);
  });
});

describe('an upload that cannot be read', () => {
  it('is refused as a whole, with every problem and none of its content', () => {
    const text = [
      heading,
      '2026-06-01,spring,blog,s1,1,1,1,1,1,1,1,EUR',
      '2026-02-30,spring,blog,s1,1.5,x,1,1,1,1,1,EUR',
      '2026-06-01,spring,blog,s1,1,1,1,1',
      '2026-06-01,"two\nlines",blog,s1,1,1,1,1e3,€5,(5),5%,USD',
      `2026-06-01,${'x'.repeat(201)},blog,s1,100000000000001,1,1,1,1,1,1,EUR`,
    ];
    expect(problemsOf(text.join('\r\n'))).toEqual([
      '3 day invalid_day',
      '3 clicks invalid_count',
      '3 signups invalid_count',
      '4 - cell_count',
      '5 depositsMinor invalid_amount',
      '5 ggrMinor invalid_amount',
      '5 ngrMinor invalid_amount',
      '5 commissionMinor invalid_amount',
      '5 currency other_currency',
      '7 campaign name_too_long',
      '7 clicks too_large',
    ]);
  });

  it.each<[string, string, string[]]>([
    ['no content', '', ['- - no_rows']],
    ['a heading alone', 'day,clicks\n', ['- - no_rows']],
    ['no heading', '2026-06-01,7\n2026-06-02,8\n', ['1 day missing_column', '1 - missing_metric']],
    ['two columns of days', 'day,date,clicks\n2026-06-01,2026-06-02,7\n', ['1 day repeated_column']],
    ['no metric', 'day,campaign\n2026-06-01,x\n', ['1 - missing_metric']],
    ['a quote that never ends', 'day,clicks\nx,7\n2026-06-01,"7\n', ['2 day invalid_day', '3 - broken_quote']],
    ['a quote within a cell', 'day,clicks\n2026-06-01,7"7\n', ['2 - broken_quote']],
    ['a NUL', 'day,campaign,clicks\n2026-06-01,a\0b,7\n', ['2 campaign invalid_name']],
    ['days too far apart', 'day,clicks\n2024-06-01,7\n2026-06-01,7\n', ['- - too_many_days']],
    ['days of another age', 'day,clicks\n0205-06-01,7\n', ['2 day invalid_day']],
  ])('has %s', (_what, text, problems) => {
    expect(problemsOf(text)).toEqual(problems);
  });

  it('has a day outside of its window', () => {
    const window = { from: '2026-06-01', to: '2026-06-01' };
    expect(problemsOf('day,clicks\n2026-06-02,7\n', { window })).toEqual(['2 day day_outside_window']);
  });

  it('is no UTF-8', () => {
    const latin1 = Buffer.from('day,campaign,clicks\n2026-06-01,\u00e9t\u00e9,7\n', 'latin1');
    const problems: { code: UploadProblemCode; column: UploadColumn | null; line: number | null }[] = [
      { line: null, column: null, code: 'not_utf8' },
    ];
    expect(readUpload(latin1, uploadFormat.parse({}), 'EUR')).toEqual({ isRead: false, problems });
  });

  it('is larger than it may be, in bytes or rows', () => {
    expect(problemsOf(`day,clicks\n${' '.repeat(mostUploadBytes)}`)).toEqual(['- - file_too_large']);
    const rows = (count: number) => `day,clicks\n${'2026-06-01,1\n'.repeat(count)}`;
    expect(rowsOf(rows(mostUploadRows))).toHaveLength(mostUploadRows);
    expect(problemsOf(rows(mostUploadRows + 1))).toEqual(['- - too_many_rows']);
  });
});

describe('what was written as CSV', () => {
  const name = fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => text.replaceAll('\0', ''));
  const count = fc.integer({ min: -1_000_000, max: 1_000_000_000 });
  const minor = fc.integer({ min: -100_000_000_000, max: 100_000_000_000 });
  const row = fc.record({
    day: fc
      .integer({ min: 0, max: 399 })
      .map((days) => new Date(Date.UTC(2026, 0, 1 + days)).toISOString().slice(0, 10)),
    campaign: name,
    source: name,
    subId: name,
    clicks: count,
    signups: count,
    ftdCount: count,
    depositsMinor: minor,
    ggrMinor: minor,
    ngrMinor: minor,
    commissionMinor: minor,
    currency: fc.constant('EUR'),
  });

  it('is read as the same rows', () => {
    fc.assert(
      fc.property(
        fc.array(row, { minLength: 1, maxLength: 20 }),
        fc.constantFrom<Declared>({}, { decimalMark: ',' }, { groupMark: ',' }, { decimalMark: ',', groupMark: '.' }),
        (rows, declared) => {
          const format = uploadFormat.parse(declared);
          const text = [csvLine(heading.split(',')), ...rows.map((one) => csvLine(toCells(one, format)))].join('');
          expect(rowsOf(text, declared)).toEqual(rows);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('is read or refused, whatever it is', () => {
    const unit = fc.constantFrom('"', ',', '\n', '\r', "'", '1', '2026-06-01', 'a', '-', ' ', '\0', '=', '\ud800');
    fc.assert(
      fc.property(fc.string({ unit, maxLength: 200 }), (text) => {
        expect(read(`day,campaign,clicks\n${text}`).isRead).toBeTypeOf('boolean');
      }),
    );
  });
});

function toCells(row: DailyStats, { decimalMark, groupMark }: ReturnType<typeof uploadFormat.parse>): string[] {
  const amount = (minor: number) => {
    const digits = String(Math.abs(minor)).padStart(3, '0');
    const whole = digits.slice(0, -2).replace(/\B(?=(\d{3})+$)/g, groupMark);
    return `${minor < 0 ? '-' : ''}${whole}${decimalMark}${digits.slice(-2)}`;
  };
  const { day, campaign, source, subId, clicks, signups, ftdCount, currency } = row;
  const amounts = [row.depositsMinor, row.ggrMinor, row.ngrMinor, row.commissionMinor].map(amount);
  return [day, campaign, source, subId, ...[clicks, signups, ftdCount].map(String), ...amounts, currency];
}
