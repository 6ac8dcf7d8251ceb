import type { Credential } from './authenticate.ts';

/** Somebody at a browser: signed in (`user`), or not (`visitor`). Their cookies say which, so only our own pages may ask for them. */
export interface Person extends Credential {
  readonly role: 'user' | 'visitor';
  /** The session that was found: a UUID. Null for a visitor. */
  readonly sessionId: string | null;
  /** What the browser sent. Holds secrets. */
  readonly cookie: string;
  /** Values of `Set-Cookie` for the answer: a handler adds to it. */
  readonly newCookies: string[];
}

/** Who a cookie stands for: a user's id and the session's, both UUIDs. Null for nobody: then it is a visitor who asks. */
export type FindSession = (cookie: string) => Promise<{ userId: string; sessionId: string } | null>;

const maxCookieLength = 8 * 1024;

/** Authenticates people by the cookie of a session. Who has none is let in as a visitor, to the routes that are for visitors. */
export function personAuthenticator(find: FindSession): (headers: Headers) => Promise<Person> {
  return async (headers) => {
    const sent = headers.get('cookie') ?? '';
    const cookie = sent.length > maxCookieLength ? '' : sent;
    const session = cookie === '' ? null : await find(cookie);
    const known = { cookie, newCookies: [] };
    if (!session) return { ...known, role: 'visitor', subject: 'visitor', sessionId: null };
    return { ...known, role: 'user', subject: session.userId, sessionId: session.sessionId };
  };
}
