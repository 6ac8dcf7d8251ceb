import { apiHandler } from '../runtime/api.ts';
import { access } from './access.ts';
import { apiKeyRoutes } from './routes/api-keys.ts';
import { auditRoutes } from './routes/audit.ts';
import { customerRoutes } from './routes/customers.ts';
import { inboxRoutes } from './routes/inbox.ts';
import { meRoutes } from './routes/me.ts';
import { organizationRoutes } from './routes/organization.ts';
import { privacyRoutes } from './routes/privacy.ts';
import { reportRoutes } from './routes/reports.ts';
import { rewardRuleRoutes } from './routes/reward-rules.ts';
import { rewardRoutes } from './routes/rewards.ts';
import { tierRoutes } from './routes/tiers.ts';
import { transactionRoutes } from './routes/transactions.ts';
import { walletManagementRoutes } from './routes/wallet-management.ts';
import { walletRoutes } from './routes/wallets.ts';

/** What no other function has of /v1: what was sold, the points it earned, the rules, and the inbox it came through. Sends nothing. */
export const routes = [
  ...transactionRoutes,
  ...customerRoutes,
  ...privacyRoutes,
  ...walletRoutes,
  ...walletManagementRoutes,
  ...rewardRuleRoutes,
  ...rewardRoutes,
  ...tierRoutes,
  ...reportRoutes,
  ...organizationRoutes,
  ...auditRoutes,
  ...inboxRoutes,
  ...apiKeyRoutes,
  ...meRoutes,
];

export const handler = apiHandler('loyalty', routes, access.loyalty, {});
