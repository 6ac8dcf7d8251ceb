import type { Clock } from '@tributary/core/clock';
import type { SendMail } from '@tributary/core/mail';
import type { Database } from '@tributary/db/connection';
import type { CryptoKey } from 'jose';
import { createLibrary, type Library, type VersionedSecret } from './library.ts';

export interface IdentitySettings {
  /** As `tributary_identity`. */
  database: Database;
  /** The first encrypts and signs; those after it still decrypt. */
  secrets: readonly VersionedSecret[];
  /** What somebody who signs up is at first. */
  newUserStatus: 'active' | 'pending_approval';
  /** Of the tokens, as those who check them are told. */
  issuer: string;
  audience: string;
  sendMail: SendMail;
  clock: Clock;
  /** Waits so many milliseconds. */
  pause: (ms: number) => Promise<void>;
}

/** What the verbs of signing in are given. */
export interface Identity extends Omit<IdentitySettings, 'secrets' | 'newUserStatus'> {
  readonly library: Library;
  /** Keys to sign with, by `kid`, once they were decrypted. Of a ring that turns once a month. */
  readonly openedKeys: Map<string, CryptoKey>;
}

/** Opens nothing yet. */
export function createIdentity({ secrets, newUserStatus, ...rest }: IdentitySettings): Identity {
  return { ...rest, library: createLibrary({ ...rest, secrets, newUserStatus }), openedKeys: new Map() };
}

/** A browser that asks. */
export interface Browser {
  /** What it sent as `Cookie`. */
  readonly cookie: string;
  readonly address: string | null;
  readonly userAgent: string | null;
}

/**
 * What is answered to anybody, whoever they name, is answered no sooner than after this time, so that it does not tell whether somebody was
 * found and written to.
 */
const evenMs = 900;

export async function evenly<Result>({ pause }: Identity, work: () => Promise<Result>): Promise<Result> {
  const [result] = await Promise.allSettled([work(), pause(evenMs)]);
  if (result.status === 'rejected') throw result.reason;
  return result.value;
}
