import { routes as connectRoutes } from '../connect.ts';
import { routes as loyaltyRoutes } from '../loyalty.ts';

/** What members may call, whichever function serves it. */
export const routes = [...loyaltyRoutes, ...connectRoutes];
