import { createHash, createHmac } from 'node:crypto';
import type { Client } from '@tributary/core/client';
import type { Clock } from '@tributary/core/clock';
import type { OAuthClient } from '@tributary/core/token-set';
import type { Envelope } from '@tributary/credentials/envelope';
import type { Database } from '@tributary/db/connection';
import type { Report } from '../credential/report.ts';

/** What is to be done once something is committed. */
export type ConnectMessage =
  | { kind: 'sync'; orgId: string; connectionId: string; trigger: 'connect' }
  | { kind: 'revoke'; orgId: string; credentialId: string };

/** What connecting takes, whoever asks. */
export interface ConnectDependencies {
  system: Database;
  envelope: Envelope;
  /** By name of the provider. */
  oauth: Readonly<Record<string, OAuthClient>>;
  /** 32 bytes: proves to providers that who comes back is who was sent (PKCE), and signs what is left to choose from. */
  connectKey: Uint8Array;
  /** The page that providers send browsers back to, as it is registered with each. */
  redirectUrl: string;
  clock: Clock;
  enqueue(messages: readonly ConnectMessage[]): Promise<void>;
  report: Report;
}

/** Somebody who connects, for their organization. */
export interface ConnectContext extends ConnectDependencies {
  /** As the login that is bound to one organization. */
  api: Database;
  orgId: string;
  /** As their token names them. */
  subject: string;
  client?: Client | undefined;
}

/** By what a state is known: it proves who was sent, so only the browser has it. */
export function hashState(state: string): Buffer {
  return createHash('sha256').update(state).digest();
}

/** RFC 7636: made of the state and a key of ours, so that it needs no storing and nobody who sees the state knows it. */
export function codeVerifierOf(connectKey: Uint8Array, state: string): string {
  return createHmac('sha256', connectKey).update(state).digest('base64url');
}

/** S256 (RFC 7636, 4.2). */
export function codeChallengeOf(verifier: string): string {
  return createHash('sha256').update(verifier).digest('base64url');
}
