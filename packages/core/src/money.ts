const exponents = new Map<string, number>();

/** Digits after the point of a currency (ISO 4217, as the runtime's CLDR has it): USD 2, JPY 0, KWD 3. */
export function currencyExponent(currency: string): number {
  const known = exponents.get(currency);
  if (known !== undefined) return known;
  const { maximumFractionDigits } = new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions();
  const exponent = maximumFractionDigits ?? 2;
  exponents.set(currency, exponent);
  return exponent;
}

let currencies: ReadonlySet<string> | undefined;

/** Whether it is the code of a currency in use (ISO 4217, as the runtime's CLDR has it). Sums of the past may be in one that no longer is. */
export function isCurrency(code: string): boolean {
  currencies ??= new Set(Intl.supportedValuesOf('currency'));
  return currencies.has(code);
}

export type Rounding = 'floor' | 'ceil' | 'round';

/** `numerator / denominator` as an integer, exactly; `round` is half away from zero. The denominator is positive. */
export function divide(numerator: bigint, denominator: bigint, rounding: Rounding): bigint {
  if (denominator <= 0n) throw new RangeError('denominator must be positive');
  const quotient = numerator / denominator;
  const remainder = numerator % denominator;
  if (remainder === 0n) return quotient;
  const negative = numerator < 0n;
  if (rounding === 'floor') return negative ? quotient - 1n : quotient;
  if (rounding === 'ceil') return negative ? quotient : quotient + 1n;
  const twice = 2n * (negative ? -remainder : remainder);
  return twice >= denominator ? quotient + (negative ? -1n : 1n) : quotient;
}

/** A decimal number as an exact fraction: 1.25 → 125/100. Takes what JSON can hold, exponents included. */
export function toFraction(value: number): { numerator: bigint; denominator: bigint } {
  const match = /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]\d+))?$/.exec(String(value));
  if (!match) throw new RangeError('not a finite number');
  const [, sign = '', whole = '0', fraction = '', exponent = '0'] = match;
  const digits = BigInt(`${sign}${whole}${fraction}`);
  const scale = Number(exponent) - fraction.length;
  return scale >= 0
    ? { numerator: digits * 10n ** BigInt(scale), denominator: 1n }
    : { numerator: digits, denominator: 10n ** BigInt(-scale) };
}
