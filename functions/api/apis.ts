import { access } from './access.ts';
import { routes as affiliateRoutes } from './affiliate.ts';
import { routes as authRoutes } from './auth.ts';
import { routes as connectRoutes } from './connect.ts';
import { routes as connectionRoutes } from './connections.ts';
import { routes as consumerRoutes } from './consumer.ts';
import { routes as eventRoutes } from './events.ts';
import { routes as invitedRoutes } from './invited.ts';
import { routes as invoiceRoutes } from './invoices.ts';
import { routes as loyaltyRoutes } from './loyalty.ts';
import { routes as memberRoutes } from './members.ts';

/** Every API by the function that serves it: its routes, and who may call them. For what looks at all of them; no function loads this. */
export const apis = {
  apiAuth: { routes: authRoutes, access: access.auth },
  apiAffiliate: { routes: affiliateRoutes, access: access.affiliate },
  apiInvoices: { routes: invoiceRoutes, access: access.invoices },
  apiLoyalty: { routes: loyaltyRoutes, access: access.loyalty },
  apiEvents: { routes: eventRoutes, access: access.events },
  apiConnections: { routes: connectionRoutes, access: access.connections },
  apiConnect: { routes: connectRoutes, access: access.connect },
  apiMembers: { routes: memberRoutes, access: access.members },
  apiConsumer: { routes: consumerRoutes, access: access.consumer },
  apiInvited: { routes: invitedRoutes, access: access.invited },
} as const;
