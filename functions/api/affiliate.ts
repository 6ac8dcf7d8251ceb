import { brands } from '@tributary/providers/affiliate/networks';
import { apiHandler } from '../runtime/api.ts';
import { access } from './access.ts';
import { affiliateAccountRoutes } from './routes/affiliate-accounts.ts';
import { affiliateAlertRoutes } from './routes/affiliate-alerts.ts';
import { affiliateChangeRoutes } from './routes/affiliate-changes.ts';
import { affiliateDashboardRoutes } from './routes/affiliate-dashboard.ts';
import { affiliateDealRoutes } from './routes/affiliate-deals.ts';
import { affiliateRuleRoutes } from './routes/affiliate-rules.ts';
import { affiliateSubAffiliateRoutes } from './routes/affiliate-sub-affiliates.ts';
import { affiliateSubAffiliatePrivacyRoutes } from './routes/affiliate-sub-affiliates-privacy.ts';
import { affiliateUploadRoutes } from './routes/affiliate-uploads.ts';

/** Everything under /v1/affiliate but invoices: what networks say of each day, and what is agreed. Asks nobody, sends nothing. */
export const routes = [
  ...affiliateDashboardRoutes,
  ...affiliateAccountRoutes,
  ...affiliateUploadRoutes,
  ...affiliateChangeRoutes,
  ...affiliateDealRoutes,
  ...affiliateSubAffiliateRoutes,
  ...affiliateSubAffiliatePrivacyRoutes,
  ...affiliateRuleRoutes,
  ...affiliateAlertRoutes,
];

export const handler = apiHandler('affiliate', routes, access.affiliate, { brands });
