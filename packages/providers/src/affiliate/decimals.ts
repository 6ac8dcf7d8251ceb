import { currencyExponent, divide, toFraction } from '@tributary/core/money';
import { ProviderError } from '@tributary/core/provider-error';
import * as z from 'zod';

/** A decimal as networks write it: a JSON number, or text of digits with a point. */
export const decimal = z.union([z.number(), z.string().regex(/^-?\d{1,18}(\.\d{1,18})?$/)]);

export type Decimal = z.output<typeof decimal>;

/** A whole number, as a JSON number or as text. */
export const wholeNumber = decimal.transform(Number).pipe(z.int());

/**
 * What decimals add up to in minor units of a currency, by their digits and not by floating point. Rounded half away from zero, here
 * and nowhere later: one row of a network is one amount, whatever it is made of.
 * @throws ProviderError `invalid_response` for more than a number can hold
 */
export function toMinorUnits(amounts: Decimal | readonly Decimal[], currency: string): number {
  const { numerator, denominator } = [amounts].flat().map(toExact).reduce(plus);
  const minor = Number(divide(numerator * 10n ** BigInt(currencyExponent(currency)), denominator, 'round'));
  if (!Number.isSafeInteger(minor))
    throw new ProviderError('invalid_response', 'an amount is larger than can be counted');
  return minor;
}

type Fraction = ReturnType<typeof toFraction>;

const plus = (one: Fraction, other: Fraction): Fraction => ({
  numerator: one.numerator * other.denominator + other.numerator * one.denominator,
  denominator: one.denominator * other.denominator,
});

const toExact = (amount: Decimal) => (typeof amount === 'number' ? toFraction(amount) : toDigits(amount));

function toDigits(text: string): Fraction {
  const [whole = '', fraction = ''] = text.split('.');
  return { numerator: BigInt(whole + fraction), denominator: 10n ** BigInt(fraction.length) };
}
