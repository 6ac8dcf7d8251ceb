import { networks } from '@tributary/providers/affiliate/networks';
import { apiHandler } from '../runtime/api.ts';
import { asking } from '../runtime/asking.ts';
import { connecting } from '../runtime/connecting.ts';
import { access } from './access.ts';
import { csvAccountRoutes } from './routes/affiliate-uploads.ts';
import { connectRoutes } from './routes/connect.ts';
import { connectNetworkRoutes } from './routes/connect-network.ts';

/** Everything under /v1/connect, and accounts that nobody is asked about. Apart from the other routes: these ask providers, and work as the system login. */
export const routes = [...connectRoutes, ...connectNetworkRoutes, ...csvAccountRoutes];

export const handler = apiHandler('connect', routes, access.connect, { connecting, networks, asking });
