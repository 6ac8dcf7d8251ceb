import { createApp } from '@tributary/http/app';
import { consumerAuthenticator } from '@tributary/http/authenticate';
import type { LogLine } from '@tributary/http/log';
import type { ConsumerClaims } from '@tributary/local/issuer';
import { access } from '../access.ts';
import { routes } from '../consumer.ts';
import { type Answer, type Api, answerOf, audience, cursorKey, issuerName } from './api.ts';

export interface ConsumerApi {
  lines: LogLine[];
  get(who: ConsumerClaims, path: string): Promise<Answer>;
  /** With whatever token. */
  getWith(token: string, path: string): Promise<Answer>;
}

/** The routes for consumers as they are deployed, beside those for members: the same issuer and database. */
export function startConsumerApi({ database, jwksUrl, mintConsumer }: Api): ConsumerApi {
  const lines: LogLine[] = [];
  const app = createApp({
    title: 'consumer',
    routes,
    access: access.consumer,
    authenticate: consumerAuthenticator({ issuer: issuerName, audience, jwksUrl }),
    deps: { database: database.consumer, cursorKey },
    log: (line) => lines.push(line),
  });
  const getWith = async (token: string, path: string): Promise<Answer> =>
    answerOf(await app.request(path, { headers: { authorization: `Bearer ${token}` } }));
  return { lines, getWith, get: async (who, path) => getWith(await mintConsumer(who), path) };
}
