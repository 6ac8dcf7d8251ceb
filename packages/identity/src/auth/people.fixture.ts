import { createHmac } from 'node:crypto';
import { showId } from '@tributary/core/ids';
import type { Mail } from '@tributary/core/mail';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { Firm } from '../member/people.fixture.ts';
import { type Browser, createIdentity, type Identity, type IdentitySettings } from './identity.ts';
import { verifyEmail } from './reset-password.ts';
import { findSession, type SignedIn } from './session.ts';
import { signIn } from './sign-in.ts';
import { signUp } from './sign-up.ts';

export const password = 'correct horse battery staple';

export interface People {
  database: TestDatabase;
  identity: Identity;
  mails: Mail[];
  /** How long each answer that may not tell anything was kept back. */
  pauses: number[];
  /** With other settings, on the same database. */
  identityWith(settings: Partial<IdentitySettings>): Identity;
  /** Rows, past every policy. */
  rows<Row extends object>(sql: string, values?: unknown[]): Promise<Row[]>;
}

/** Identity on a database of the suite's own; mails are kept, and nothing is waited for. */
export async function startPeople(): Promise<People> {
  const database = await testDatabase();
  const mails: Mail[] = [];
  const pauses: number[] = [];
  const identityWith = (settings: Partial<IdentitySettings>) =>
    createIdentity({
      database: database.identity,
      secrets: [{ version: 1, value: 'q8Zt1mP0vY7sKd3LxN6wRb9uHj2cFg5eTa4oIk' }],
      newUserStatus: 'active',
      issuer: 'https://issuer.example',
      audience: 'tributary',
      clock: () => new Date(),
      sendMail: async (mail) => void mails.push(mail),
      pause: async (ms) => void pauses.push(ms),
      ...settings,
    });
  return {
    database,
    identity: identityWith({}),
    mails,
    pauses,
    identityWith,
    rows: async (sql, values = []) => (await database.superuser.query(sql, values)).rows,
  };
}

let numbered = 0;
export function newEmail(): string {
  numbered += 1;
  return `person-${numbered}@example.com`;
}

/** A browser that keeps its cookies. */
export class TestBrowser implements Browser {
  readonly address = '203.0.113.7';
  readonly userAgent = 'test browser';
  readonly #cookies = new Map<string, string>();

  get cookie(): string {
    return [...this.#cookies].map(([name, value]) => `${name}=${value}`).join('; ');
  }

  take(newCookies: readonly string[]): void {
    for (const cookie of newCookies) {
      const [pair = '', ...attributes] = cookie.split('; ');
      const name = pair.slice(0, pair.indexOf('='));
      if (attributes.includes('Max-Age=0')) this.#cookies.delete(name);
      else this.#cookies.set(name, pair.slice(name.length + 1));
    }
  }
}

export const tokenOf = (mail: Mail | undefined): string => {
  if (mail === undefined || !('token' in mail)) throw new Error('no mail with a token');
  return mail.token;
};

/** Somebody with a verified address and an organization, or none. @returns their address */
export async function register(
  { identity, mails }: People,
  organization: { name: string } | null = { name: 'Corner Coffee' },
): Promise<string> {
  const email = newEmail();
  const browser = new TestBrowser();
  await signUp({ ...identity, browser }, { name: 'Ann Miller', email, password, organization });
  await verifyEmail(identity, { token: tokenOf(mails.findLast(({ to }) => to === email)) });
  return email;
}

/** That person, signed in with another browser. */
export async function signedIn({ identity }: People, email: string): Promise<SignedIn & { browser: TestBrowser }> {
  const browser = new TestBrowser();
  const { newCookies } = await signIn({ ...identity, browser }, { email, password });
  browser.take(newCookies);
  return inBrowser(identity, browser);
}

/** Who is signed in with that browser. */
export async function inBrowser(
  identity: Identity,
  browser: TestBrowser,
): Promise<SignedIn & { browser: TestBrowser }> {
  const session = await findSession(identity, browser.cookie);
  if (session === null) throw new Error('nobody is signed in');
  return { ...identity, ...session, browser };
}

/** Somebody signed in with an organization on the largest plan, in which they are alone. */
export async function newFounder(people: People) {
  const email = await register(people);
  const person = await signedIn(people, email);
  const [membership] = await people.rows<{ orgId: string }>(
    'select org_id as "orgId" from identity.members where user_id = $1',
    [person.userId],
  );
  const { orgId } = membership as { orgId: string };
  await people.rows(`update identity.organizations set plan = 'enterprise' where id = $1`, [orgId]);
  return { email, person, firm: new Firm(people.database, orgId), actor: showId('user', person.userId) };
}

/** What became of it: `done`, or the code of its refusal. */
export const codeOf = (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'done',
    ({ code }) => code,
  );

/** The code an authenticator shows `steps` after now (RFC 6238). */
export function codeFor(uri: string, steps = 0): string {
  const secret = readBase32(new URL(uri).searchParams.get('secret') ?? '');
  const block = Buffer.alloc(8);
  block.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + steps));
  const digest = createHmac('sha1', secret).update(block).digest();
  const number = digest.readUInt32BE((digest.at(-1) as number) & 15) & 0x7fff_ffff;
  return String(number % 1_000_000).padStart(6, '0');
}

function readBase32(text: string): Buffer {
  const bits = [...text].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  );
  const bytes = bits.join('').match(/.{8}/g) ?? [];
  return Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2)));
}
