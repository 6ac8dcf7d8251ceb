import { apiHandler } from '../runtime/api.ts';
import { toIngest } from '../runtime/senders.ts';
import { access } from './access.ts';
import { eventRoutes } from './routes/events.ts';

/** Everything under /v1/events. Apart from the other routes: what is tried again is sent to the ingest queue. */
export const routes = eventRoutes;

export const handler = apiHandler('events', routes, access.events, { sendToIngest: toIngest.send });
