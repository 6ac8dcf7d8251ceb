import type { Transaction } from '@tributary/db/transaction';
import { systemStatement } from '@tributary/db/transaction';
import { symmetricDecrypt, symmetricEncrypt } from 'better-auth/crypto';
import { type CryptoKey, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose';
import type { Identity } from './identity.ts';

// A ring of our own: the library's signs with a new key at once, which whoever fetched the keys a moment ago refuses.

export const algorithm = 'EdDSA';
const rotateAfterMs = 30 * 86_400_000;
/** Whoever checks tokens fetches the keys again after ten minutes. */
const publishAheadMs = 15 * 60_000;
/** More than the life of a token and the difference of clocks. */
const stayMs = 15 * 60_000;

interface KeyRow {
  id: string;
  privateKey: string;
  signsFrom: Date;
}

export interface SigningKey {
  /** Its `kid`. */
  id: string;
  key: CryptoKey;
}

/** The public keys, those that sign soon and those that signed a moment ago among them: the body of a JWKS. */
export async function publicKeys({ database, clock }: Identity): Promise<{ keys: JWK[] }> {
  const rows = await systemStatement<{ id: string; publicKey: string }>(
    database,
    `select id, public_key as "publicKey" from identity.jwks where expires_at is null or expires_at > $1 order by signs_from, id`,
    [clock()],
  );
  return { keys: rows.map(({ id, publicKey }) => ({ ...JSON.parse(publicKey), kid: id, alg: algorithm, use: 'sig' })) };
}

/** The key to sign with now. Makes the first one, and in time the one that follows. */
export async function signingKey(identity: Identity, tx: Transaction): Promise<SigningKey> {
  const now = identity.clock();
  const known = await readRing(tx, now);
  if (known.current && !isFollowedNow(known, now)) return open(identity, known.current);
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('identity.jwks', 0))`);
  // Somebody else may have made it while the lock was waited for.
  const { current, next } = await readRing(tx, now);
  if (!current) return open(identity, await addKey(identity, tx, now));
  if (isFollowedNow({ current, next }, now)) await addKey(identity, tx, new Date(now.getTime() + publishAheadMs));
  return open(identity, current);
}

interface Ring {
  current: KeyRow | undefined;
  next: KeyRow | undefined;
}

async function readRing(tx: Transaction, now: Date): Promise<Ring> {
  const rows = await tx.query<KeyRow>(
    `select id, private_key as "privateKey", signs_from as "signsFrom" from identity.jwks
     where expires_at is null or expires_at > $1 order by signs_from desc, id desc`,
    [now],
  );
  return {
    current: rows.find(({ signsFrom }) => signsFrom <= now),
    next: rows.find(({ signsFrom }) => signsFrom > now),
  };
}

function isFollowedNow({ current, next }: Ring, now: Date): boolean {
  return current !== undefined && next === undefined && now.getTime() - current.signsFrom.getTime() >= rotateAfterMs;
}

async function addKey({ library }: Identity, tx: Transaction, signsFrom: Date): Promise<KeyRow> {
  const pair = await generateKeyPair(algorithm, { extractable: true });
  const { secretConfig } = await library.$context;
  const privateKey = await symmetricEncrypt({
    key: secretConfig,
    data: JSON.stringify(await exportJWK(pair.privateKey)),
  });
  const publicKey = JSON.stringify(await exportJWK(pair.publicKey));
  await tx.query('update identity.jwks set expires_at = $1 where expires_at is null', [
    new Date(signsFrom.getTime() + stayMs),
  ]);
  const [row] = await tx.query<KeyRow>(
    `insert into identity.jwks (public_key, private_key, signs_from) values ($1, $2, $3)
     returning id, private_key as "privateKey", signs_from as "signsFrom"`,
    [publicKey, privateKey, signsFrom],
  );
  return row as KeyRow;
}

async function open({ library, openedKeys }: Identity, { id, privateKey }: KeyRow): Promise<SigningKey> {
  const known = openedKeys.get(id);
  if (known) return { id, key: known };
  const { secretConfig } = await library.$context;
  const jwk = JSON.parse(await symmetricDecrypt({ key: secretConfig, data: privateKey })) as JWK;
  const key = (await importJWK(jwk, algorithm)) as CryptoKey;
  openedKeys.set(id, key);
  return { id, key };
}
