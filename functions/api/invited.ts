import { consumerHandler } from '../runtime/api.ts';
import { access } from './access.ts';
import { ownInvitationRoutes } from './routes/own-invitations.ts';

/** Everything under /v1/me/invitations: for people who are asked to join an organization, and are of none while they ask. */
export const routes = ownInvitationRoutes;

export const handler = consumerHandler('invited', routes, access.invited, 'identity');
