import { currencyExponent } from '@tributary/core/money';
import type { LineRow } from './invoice.sql.ts';

/** 1234567 EUR → `12,345.67 EUR`, with as many digits as the currency has. */
export function showAmount(minor: number, currency: string): string {
  const exponent = currencyExponent(currency);
  const digits = String(Math.abs(minor)).padStart(exponent + 1, '0');
  const whole = digits.slice(0, digits.length - exponent).replaceAll(/\B(?=(\d{3})+$)/g, ',');
  const fraction = exponent === 0 ? '' : `.${digits.slice(-exponent)}`;
  return `${minor < 0 ? '-' : ''}${whole}${fraction} ${currency}`;
}

/** A line as it is printed: what it is for, what it is of, at which rate, and how much. */
export function wordsOf(line: LineRow, currency: string): [what: string, basis: string, rate: string, amount: string] {
  const amount = showAmount(line.amountMinor, currency);
  const place = `${line.brand} ${line.month?.slice(0, 7)}`;
  if (line.kind === 'waived' && line.month !== null)
    return [`${line.amountMinor < 0 ? 'Forgiven before' : 'Forgiven'}, ${place}`, '', '', amount];
  if (line.kind !== 'commission' && line.kind !== 'adjustment') return [meanings[line.kind], '', '', amount];
  if (line.dueMinor !== null && line.invoicedMinor !== null) {
    const correction = `${showAmount(line.dueMinor, currency)}, less ${showAmount(line.invoicedMinor, currency)} invoiced`;
    return [`Adjustment, ${place}`, correction, '', amount];
  }
  if (line.shareBps === null)
    return [`First deposits, ${place}`, String(line.ftdCount), showAmount(line.cpaMinor ?? 0, currency), amount];
  return [
    `Commission, ${place}`,
    showAmount(line.basisMinor ?? 0, currency),
    `${showPercent(line.shareBps)} %`,
    amount,
  ];
}

const meanings = {
  carried_in: 'Carried from earlier invoices',
  carried_out: 'Carried to the next invoice',
  waived: 'Forgiven',
} as const;

/** 1250 → `12.50`. */
function showPercent(bps: number): string {
  return `${Math.floor(bps / 100)}.${String(bps % 100).padStart(2, '0')}`;
}

/** Latin letters with a stroke, which Unicode does not take apart. */
const unstruck: Readonly<Record<string, string>> = {
  Ł: 'L',
  ł: 'l',
  Đ: 'D',
  đ: 'd',
  Ħ: 'H',
  ħ: 'h',
  Ŧ: 'T',
  ŧ: 't',
  ı: 'i',
};

/**
 * What the standard fonts of PDF can print of a text: letters they do not have lose their marks, anything else becomes a question mark.
 * @param printable code points
 */
export function toPrintable(text: string, printable: ReadonlySet<number>): string {
  const has = (character: string) => printable.has(character.codePointAt(0) as number);
  return [...text.normalize('NFC')]
    .map((character) => {
      if (has(character)) return character;
      const [bare = ''] = unstruck[character] ?? character.normalize('NFD');
      return bare !== '' && has(bare) ? bare : '?';
    })
    .join('');
}
