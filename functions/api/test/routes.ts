import { apis } from '../apis.ts';

const { apiLoyalty, apiAffiliate, apiInvoices, apiEvents, apiConnections, apiConnect, apiMembers } = apis;

/** What members may call, whichever function serves it. */
export const routes = [
  ...apiLoyalty.routes,
  ...apiAffiliate.routes,
  ...apiInvoices.routes,
  ...apiEvents.routes,
  ...apiConnections.routes,
  ...apiConnect.routes,
  ...apiMembers.routes,
];

/** Who of them may. */
export const access = {
  ...apiLoyalty.access,
  ...apiAffiliate.access,
  ...apiInvoices.access,
  ...apiEvents.access,
  ...apiConnections.access,
  ...apiConnect.access,
  ...apiMembers.access,
};
