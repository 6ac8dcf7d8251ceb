import { type OpenApiDocument, openApiDocument } from '@tributary/http/openapi';
import { access } from '../access.ts';
import { routes as authRoutes } from '../auth.ts';
import { routes as connectRoutes } from '../connect.ts';
import { routes as consumerRoutes } from '../consumer.ts';
import { routes as invitedRoutes } from '../invited.ts';
import { routes as loyaltyRoutes } from '../loyalty.ts';
import { routes as memberRoutes } from '../members.ts';

const description = `Points on sales. Every request carries a short-lived JWT as a bearer token, or an API key; what a token names as \`org_id\` is all it can see.
Under \`/v1/auth\` people sign in and get such tokens: a cookie says who asks, so only pages of listed origins may.
Under \`/v1/me\` consumers ask for what is theirs: their token names no organization, and contacts they have proven say who they are.
Lists are pages, the newest object first: pass \`nextCursor\` back as \`cursor\` until it is null. Amounts are integers in minor units,
times ISO 8601 in UTC. A refusal is \`application/problem+json\` with a stable \`code\`.`;

/** The description of the whole API. */
export function describeApi(): OpenApiDocument {
  const routes = [
    ...authRoutes,
    ...loyaltyRoutes,
    ...connectRoutes,
    ...memberRoutes,
    ...consumerRoutes,
    ...invitedRoutes,
  ];
  const lines = {
    ...access.auth,
    ...access.loyalty,
    ...access.connect,
    ...access.members,
    ...access.consumer,
    ...access.invited,
  };
  return openApiDocument(routes, lines, { title: 'Tributary', version: '1', description });
}

/** The same as the file that is published. */
export function openApiText(): string {
  return `${JSON.stringify(describeApi(), null, 2)}\n`;
}
