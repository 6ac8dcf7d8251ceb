import type { AccessTable } from '@tributary/http/access';
import { type OpenApiDocument, openApiDocument } from '@tributary/http/openapi';
import { apis } from '../apis.ts';

const description = `Points on sales. Every request carries a short-lived JWT as a bearer token, or an API key; what a token names as \`org_id\` is all it can see.
Under \`/v1/auth\` people sign in and get such tokens: a cookie says who asks, so only pages of listed origins may.
Under \`/v1/me\` consumers ask for what is theirs: their token names no organization, and contacts they have proven say who they are.
Lists are pages, the newest object first: pass \`nextCursor\` back as \`cursor\` until it is null. Amounts are integers in minor units,
times ISO 8601 in UTC. A refusal is \`application/problem+json\` with a stable \`code\`.`;

/** The description of the whole API. */
export function describeApi(): OpenApiDocument {
  const all = Object.values(apis);
  const routes = all.flatMap((api) => [...api.routes]);
  const access: AccessTable = Object.assign({}, ...all.map((api) => api.access));
  return openApiDocument(routes, access, { title: 'Tributary', version: '1', description });
}

/** The same as the file that is published. */
export function openApiText(): string {
  return `${JSON.stringify(describeApi(), null, 2)}\n`;
}
