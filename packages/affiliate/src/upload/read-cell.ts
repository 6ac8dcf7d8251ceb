import { currencyExponent, divide } from '@tributary/core/money';
import { dayFormats, type UploadFormat } from './upload-format.ts';

/** What a cell says, or why it says nothing: the code of the problem. */
export type ReadCell<Value, Code extends string> = { value: Value } | { code: Code };

/** A day of this century as YYYY-MM-DD. */
export function readDay(cell: string, dayFormat: UploadFormat['dayFormat']): ReadCell<string, 'invalid_day'> {
  const { year = '', month = '', day = '' } = dayFormats[dayFormat].exec(cell)?.groups ?? {};
  const iso = `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`;
  const at = new Date(`${iso}T00:00:00Z`);
  // A date takes 30 February for 2 March.
  const isDay = !Number.isNaN(at.getTime()) && at.toISOString().startsWith(iso);
  return isDay && iso >= '2000-01-01' && iso < '2100-01-01' ? { value: iso } : { code: 'invalid_day' };
}

type Marks = Pick<UploadFormat, 'decimalMark' | 'groupMark'>;

/** A whole number; an empty cell is none. */
export function readCount(cell: string, marks: Marks): ReadCell<number, 'invalid_count' | 'too_large'> {
  const digits = readDigits(cell, marks);
  return digits === null || digits.fraction !== '' ? { code: 'invalid_count' } : bounded(BigInt(digits.whole));
}

/** A decimal in minor units, rounded half away from zero, here and nowhere later; an empty cell is none. */
export function readAmount(
  cell: string,
  currency: string,
  marks: Marks,
): ReadCell<number, 'invalid_amount' | 'too_large'> {
  const digits = readDigits(cell, marks);
  if (digits === null) return { code: 'invalid_amount' };
  const units = BigInt(digits.whole + digits.fraction) * 10n ** BigInt(currencyExponent(currency));
  return bounded(divide(units, 10n ** BigInt(digits.fraction.length), 'round'));
}

/** What a name may be: as long as the columns are, and of characters that PostgreSQL holds. */
export function readName(cell: string): ReadCell<string, 'name_too_long' | 'invalid_name'> {
  if (cell.includes('\0')) return { code: 'invalid_name' };
  return [...cell].length <= longestName ? { value: cell } : { code: 'name_too_long' };
}

const longestName = 200;

/** A day's sum beyond this is a mistake of somebody's. */
const mostOfMetric = 100_000_000_000_000n;

function bounded(number: bigint): ReadCell<number, 'too_large'> {
  const isSmall = number <= mostOfMetric && number >= -mostOfMetric;
  return isSmall ? { value: Number(number) } : { code: 'too_large' };
}

function readDigits(cell: string, { decimalMark, groupMark }: Marks): { whole: string; fraction: string } | null {
  if (cell === '') return { whole: '0', fraction: '' };
  const [whole = '', fraction = '', ...more] = cell.split(decimalMark);
  const isFraction = cell.endsWith(decimalMark) ? false : /^\d{0,18}$/.test(fraction);
  return isFraction && more.length === 0 && isWhole(whole, groupMark)
    ? { whole: groupMark === '' ? whole : whole.replaceAll(groupMark, ''), fraction }
    : null;
}

/** Digits, or groups of three where they are marked: what is half grouped may mean something else. */
function isWhole(text: string, groupMark: string): boolean {
  if (/^-?\d{1,18}$/.test(text)) return true;
  const [first = '', ...groups] = groupMark === '' ? [text] : text.split(groupMark);
  return groups.length > 0 && /^-?\d{1,3}$/.test(first) && groups.every((group) => /^\d{3}$/.test(group));
}
