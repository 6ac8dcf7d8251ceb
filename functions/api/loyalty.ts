import { apiHandler } from '../runtime/api.ts';
import { toIngest, toSync } from '../runtime/senders.ts';
import { auditRoutes } from './routes/audit.ts';
import { connectionRoutes } from './routes/connections.ts';
import { customerRoutes } from './routes/customers.ts';
import { eventRoutes } from './routes/events.ts';
import { inboxRoutes } from './routes/inbox.ts';
import { reportRoutes } from './routes/reports.ts';
import { rewardRuleRoutes } from './routes/reward-rules.ts';
import { rewardRoutes } from './routes/rewards.ts';
import { tierRoutes } from './routes/tiers.ts';
import { transactionRoutes } from './routes/transactions.ts';
import { walletManagementRoutes } from './routes/wallet-management.ts';
import { walletRoutes } from './routes/wallets.ts';

/** Everything under /v1: what was sold, the points it earned, the rules, and the inbox it came through. */
export const routes = [
  ...transactionRoutes,
  ...customerRoutes,
  ...walletRoutes,
  ...walletManagementRoutes,
  ...rewardRuleRoutes,
  ...rewardRoutes,
  ...tierRoutes,
  ...reportRoutes,
  ...auditRoutes,
  ...inboxRoutes,
  ...eventRoutes,
  ...connectionRoutes,
];

export const handler = apiHandler('loyalty', routes, { sendToIngest: toIngest.send, sendToSync: toSync.sendAll });
