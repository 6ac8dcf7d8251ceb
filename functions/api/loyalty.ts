import { apiHandler } from '../runtime/api.ts';
import { inboxRoutes } from './routes/inbox.ts';
import { rewardRuleRoutes } from './routes/reward-rules.ts';
import { transactionRoutes } from './routes/transactions.ts';
import { walletRoutes } from './routes/wallets.ts';

/** Everything under /v1: what was sold, the points it earned, the rules, and the inbox it came through. */
export const routes = [...transactionRoutes, ...walletRoutes, ...rewardRuleRoutes, ...inboxRoutes];

export const handler = apiHandler('loyalty', routes);
