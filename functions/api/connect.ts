import { apiHandler } from '../runtime/api.ts';
import { connecting } from '../runtime/connecting.ts';
import { access } from './access.ts';
import { connectRoutes } from './routes/connect.ts';

/** Everything under /v1/connect. Apart from the other routes: these ask providers, and work as the system login. */
export const routes = connectRoutes;

export const handler = apiHandler('connect', routes, access.connect, { connecting });
