import type { DealTerms } from './terms.ts';

/** Amounts of one part of a month, minor units. */
export interface Revenue {
  ggrMinor: number;
  ngrMinor: number;
  depositsMinor: number;
  /** What daily facts do not tell is 0: then it is in the network's own NGR, or nowhere. */
  withdrawalsMinor?: number;
  bonusesMinor?: number;
}

/** Ten-thousandths of a minor unit: fees are basis points, so this is exact. */
export const ngrScale = 10_000n;

interface RevenuePart {
  revenue: Revenue;
  terms: DealTerms['ngr'];
}

/**
 * The NGR of each part of a month, in ten-thousandths of a minor unit: bonuses and fees come off before anything looks at it (cases A8,
 * A16). The admin fee is charged in a month that is positive as a whole, so how it is divided into parts changes nothing.
 */
export function computeNgr(parts: readonly RevenuePart[]): bigint[] {
  const isPositive = parts.reduce((sum, part) => sum + grossOf(part), 0n) > 0n;
  return parts.map((part) => {
    const { revenue, terms } = part;
    const gross = grossOf(part);
    const charged = BigInt(revenue.depositsMinor) + BigInt(revenue.withdrawalsMinor ?? 0);
    const adminFee = isPositive ? gross * BigInt(terms.adminFeeBps) : 0n;
    const net = (gross - BigInt(revenue.bonusesMinor ?? 0)) * ngrScale;
    return net - charged * BigInt(terms.depositFeeBps) - adminFee;
  });
}

const grossOf = ({ revenue, terms }: RevenuePart): bigint =>
  BigInt(terms.from === 'network' ? revenue.ngrMinor : revenue.ggrMinor);
