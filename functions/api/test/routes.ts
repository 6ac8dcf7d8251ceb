import { access as accessByFunction } from '../access.ts';
import { routes as connectRoutes } from '../connect.ts';
import { routes as loyaltyRoutes } from '../loyalty.ts';
import { routes as memberRoutes } from '../members.ts';

/** What members may call, whichever function serves it. */
export const routes = [...loyaltyRoutes, ...connectRoutes, ...memberRoutes];

/** Who of them may. */
export const access = { ...accessByFunction.loyalty, ...accessByFunction.connect, ...accessByFunction.members };
