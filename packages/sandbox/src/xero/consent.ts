import { createHash } from 'node:crypto';
import type { Reply, RoutedRequest } from '../kernel/message.ts';
import type { Random } from '../kernel/random.ts';
import type { Clock } from '../kernel/timeline.ts';
import { mayAskFor, type XeroApp } from './app.ts';
import type { Connections } from './connections.ts';
import type { Grant } from './tokens.ts';

const codeMs = 5 * 60_000;

/** What the user does on Xero's page. */
export interface Answer {
  /** Who is signed in: one id is one user. */
  readonly userId: string;
  /** Tenant ids of the organisations that are picked. */
  readonly organisations: readonly string[];
  /** Of the scopes asked for, those granted; all unless told. */
  readonly scopes?: readonly string[];
  readonly isDenied?: boolean;
}

export interface ConsentParties {
  readonly app: XeroApp;
  readonly connections: Connections;
  readonly random: Random;
  readonly now: Clock;
  readonly answer: () => Answer;
}

interface Code {
  readonly grant: Grant;
  readonly redirectUri: string;
  readonly challenge: string | null;
  readonly issuedMs: number;
}

export interface Consent {
  /** `GET /identity/connect/authorize`: the user answers at once, and the browser goes back. */
  authorize(request: RoutedRequest): Reply;
  /** The grant that a code stands for, once; null when it stands for none. */
  redeem(given: { code: string; redirectUri: string | null; verifier: string | null }): Grant | null;
}

export function createConsent(parties: ConsentParties): Consent {
  const codes = new Map<string, Code>();
  const { app, random, now } = parties;
  return {
    authorize: ({ query }) => {
      const redirectUri = query.get('redirect_uri') ?? '';
      if (query.get('client_id') !== app.clientId || !app.redirectUris.includes(redirectUri))
        return { status: 400, body: 'unauthorized_client' };
      const back = (fields: Record<string, string>) => goBack(redirectUri, fields, query.get('state'));
      const error = refusalOf(parties, query);
      if (error !== null) return back({ error });
      const grant = connect(parties, scopesOf(query));
      const code = random.text(43);
      const challenge = query.get('code_challenge');
      codes.set(code, { grant, redirectUri, challenge, issuedMs: now().getTime() });
      return back({ code, scope: grant.scopes.join(' '), session_state: `${random.text(43)}.${random.text(22)}` });
    },
    redeem: ({ code, redirectUri, verifier }) => {
      const issued = codes.get(code);
      codes.delete(code);
      if (issued === undefined || now().getTime() - issued.issuedMs > codeMs) return null;
      return issued.redirectUri === redirectUri && fits(issued.challenge, verifier) ? issued.grant : null;
    },
  };
}

function refusalOf({ app, answer }: ConsentParties, query: URLSearchParams): string | null {
  if (query.get('response_type') !== 'code') return 'unsupported_response_type';
  if (!mayAskFor(app, scopesOf(query))) return 'invalid_scope';
  if (query.has('code_challenge') && query.get('code_challenge_method') !== 'S256') return 'invalid_request';
  return answer().isDenied === true ? 'access_denied' : null;
}

function scopesOf(query: URLSearchParams): string[] {
  return (query.get('scope') ?? '').split(' ').filter((scope) => scope !== '');
}

/** The organisations are connected from here on, whether the code is redeemed or not. */
function connect({ connections, random, answer }: ConsentParties, asked: readonly string[]): Grant {
  const { userId, organisations, scopes } = answer();
  const authEventId = random.uuid();
  for (const tenantId of organisations) connections.connect({ userId, tenantId, authEventId });
  return { userId, authEventId, scopes: asked.filter((scope) => scopes?.includes(scope) ?? true) };
}

function goBack(redirectUri: string, fields: Record<string, string>, state: string | null): Reply {
  const location = new URL(redirectUri);
  for (const [name, value] of Object.entries(fields)) location.searchParams.set(name, value);
  if (state !== null) location.searchParams.set('state', state);
  return { status: 302, headers: { location: location.href }, body: null };
}

function fits(challenge: string | null, verifier: string | null): boolean {
  if (challenge === null) return verifier === null;
  return verifier !== null && createHash('sha256').update(verifier).digest('base64url') === challenge;
}
