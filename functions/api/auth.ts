import { authHandler } from '../runtime/auth.ts';
import { access } from './access.ts';
import { ownSecurityRoutes } from './routes/own-security.ts';
import { sessionRoutes } from './routes/sessions.ts';
import { signInRoutes } from './routes/sign-in.ts';

/** Everything under /v1/auth: how people sign in, and what they do about it. */
export const routes = [...signInRoutes, ...sessionRoutes, ...ownSecurityRoutes];

export const handler = authHandler('auth', routes, access.auth);
