import { apiHandler } from '../runtime/api.ts';
import { database } from '../runtime/database.ts';
import { mailer } from '../runtime/mail.ts';
import { access } from './access.ts';
import { invitationRoutes } from './routes/invitations.ts';
import { memberRoutes } from './routes/members.ts';

/** Everything under /v1/team: who works here, as what, and who is asked to. Apart from the other routes: these know people. */
export const routes = [...memberRoutes, ...invitationRoutes];

export const handler = apiHandler('members', routes, access.members, { people: () => database('identity'), mailer });
