import { apiHandler } from '../runtime/api.ts';
import { toSync } from '../runtime/senders.ts';
import { access } from './access.ts';
import { connectionPauseRoutes } from './routes/connection-pauses.ts';
import { connectionRoutes } from './routes/connections.ts';

/** Everything under /v1/connections. Apart from the other routes: what is to be pulled or ended is sent to the sync queue. */
export const routes = [...connectionRoutes, ...connectionPauseRoutes];

export const handler = apiHandler('connections', routes, access.connections, { sendToSync: toSync.sendAll });
