import { setTimeout as pause } from 'node:timers/promises';
import type { Client } from '@tributary/core/client';
import { systemClock } from '@tributary/core/clock';
import type { SendMail } from '@tributary/core/mail';
import type { AccessTable } from '@tributary/http/access';
import { createApp } from '@tributary/http/app';
import { type Person, personAuthenticator } from '@tributary/http/person';
import type { Context, Route } from '@tributary/http/route';
import { type Browser, createIdentity, type Identity } from '@tributary/identity/auth/identity';
import { findSession, type SignedIn } from '@tributary/identity/auth/session';
import { usesOfAttempt, usesOfPerson } from '../api/limits.ts';
import { composedLate, type Handler } from './api.ts';
import { authSecrets, newUserStatus, setting } from './config.ts';
import { database } from './database.ts';
import { allowedOrigins, limitsOn } from './edge.ts';
import { mailer } from './mail.ts';

/** What the API of signing in is composed with. */
export interface AuthDeps {
  identity: Identity;
  /** Counts an attempt to be let in. @throws AppError `rate_limited` */
  countAttempt: (account: string, client: Client) => Promise<void>;
}

/** Who asks, with a session or without, as the verbs want them. */
export function visitorOf({ identity, auth, client }: Context<AuthDeps, Person>): Identity & { browser: Browser } {
  return { ...identity, browser: { cookie: auth.cookie, ...client } };
}

/** Somebody signed in, as the verbs want them. */
export function signedInOf(context: Context<AuthDeps, Person>): SignedIn {
  const { subject, sessionId } = context.auth;
  if (sessionId === null) throw new Error('a route for people who are signed in let a visitor in');
  return { ...visitorOf(context), userId: subject, sessionId };
}

/** The Lambda handler of signing in: cookies in front of its routes, and the one login that knows people. */
export function authHandler(title: string, routes: readonly Route<AuthDeps, Person>[], access: AccessTable): Handler {
  return composedLate(() => {
    const identity = stageIdentity(mailer());
    const limits = limitsOn<Person>(database('identity'), usesOfPerson);
    return createApp({
      title,
      routes,
      access,
      authenticate: personAuthenticator((cookie) => findSession(identity, cookie)),
      deps: {
        identity,
        countAttempt: async (account, client) => void (await limits.limiter.admit(usesOfAttempt(account, client))),
      },
      limits,
      origins: allowedOrigins(),
      readsCookies: true,
    });
  });
}

function stageIdentity(sendMail: SendMail): Identity {
  return createIdentity({
    database: database('identity'),
    secrets: authSecrets(),
    newUserStatus: newUserStatus(),
    issuer: setting('JWT_ISSUER'),
    audience: setting('JWT_AUDIENCE'),
    sendMail,
    clock: systemClock,
    pause,
  });
}
