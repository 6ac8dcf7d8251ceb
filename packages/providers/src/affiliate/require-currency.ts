import type { NetworkAccount } from '@tributary/core/daily-stats';
import { ProviderError } from '@tributary/core/provider-error';

/** Amounts in another currency than the account's would be added to it as if they were in its own. @throws ProviderError `invalid_response` */
export function requireCurrency(account: NetworkAccount, currency: string): void {
  if (currency === account.currency) return;
  throw new ProviderError('invalid_response', 'amounts are in another currency than the account');
}
