import { consumerHandler } from '../runtime/api.ts';
import { access } from './access.ts';
import { ownWalletRoutes } from './routes/own-wallets.ts';

/** Everything under /v1/me/wallets: what somebody who buys has, at whichever merchant. */
export const routes = ownWalletRoutes;

export const handler = consumerHandler('consumer', routes, access.consumer);
