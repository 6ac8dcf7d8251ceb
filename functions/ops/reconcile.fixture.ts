import { ProviderError } from '@tributary/core/provider-error';
import type { openSquareTrade } from './trade.fixture.ts';

export type SquareTrade = Awaited<ReturnType<typeof openSquareTrade>>;

/** A sale to Ann, with a tip of $1. */
export const sell = ({ merchant }: SquareTrade, amountMinor = 1000) =>
  merchant.takePayment({ amountMinor, tipMinor: 100, customerId: 'ANN' });

/** Asks a provider that does not answer. */
export const away = () => ({
  call: () => Promise.reject(new ProviderError('unavailable', 'away')),
  take: () => ({ pulls: [], bytes: 0 }),
});
