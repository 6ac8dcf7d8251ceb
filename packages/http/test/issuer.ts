import { createHmac, createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

type Claims = Record<string, unknown>;
type Header = Record<string, unknown>;

/** A key pair of an issuer, published under `kid`. */
export interface SigningKey {
  kid: string;
  alg: 'EdDSA' | 'ES256';
  privateKey: KeyObject;
}

export const issuerName = 'https://issuer.example';
export const audience = 'tributary';
export const orgId = '019a3c5e-7b1a-7c44-9d0e-3f2a1b6c8d90';

export function newKey(kid: string, alg: SigningKey['alg'] = 'EdDSA'): SigningKey {
  const { privateKey } =
    alg === 'EdDSA' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { kid, alg, privateKey };
}

export function publicJwk({ kid, alg, privateKey }: SigningKey): Claims {
  return { ...createPublicKey(privateKey).export({ format: 'jwk' }), kid, alg, use: 'sig' };
}

export function publicPem({ privateKey }: SigningKey): string {
  return createPublicKey(privateKey).export({ format: 'pem', type: 'spki' }).toString();
}

export function goodClaims(): Claims {
  const now = Math.floor(Date.now() / 1000);
  const times = { iat: now, nbf: now, exp: now + 600 };
  return { iss: issuerName, aud: audience, sub: 'user_1', org_id: orgId, role: 'viewer', ...times };
}

const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A compact JWS over whatever header and claims, signed by `signer`. */
export function compact(header: Header, claims: unknown, signer: (input: Buffer) => Buffer): string {
  const input = `${encode(header)}.${encode(claims)}`;
  return `${input}.${signer(Buffer.from(input)).toString('base64url')}`;
}

export function hmacSigner(secret: string): (input: Buffer) => Buffer {
  return (input) => createHmac('sha256', secret).update(input).digest();
}

export function keySigner({ alg, privateKey }: SigningKey): (input: Buffer) => Buffer {
  if (alg === 'EdDSA') return (input) => sign(null, input, privateKey);
  return (input) => sign('sha256', input, { key: privateKey, dsaEncoding: 'ieee-p1363' });
}

/** A token as the issuer would make it, but for the given claims and header parameters (undefined removes one). */
export function token(key: SigningKey, claims: Claims = {}, header: Header = {}): string {
  const full = { alg: key.alg, kid: key.kid, typ: 'JWT', ...header };
  return compact(full, { ...goodClaims(), ...claims }, keySigner(key));
}

export function privateJwk(key: SigningKey): Claims {
  return {
    ...createPrivateKey(key.privateKey.export({ format: 'pem', type: 'pkcs8' })).export({ format: 'jwk' }),
    kid: key.kid,
  };
}

/** A real JWKS endpoint on the loopback interface that counts what it is asked. */
export class KeyServer {
  fetches = 0;
  #answer: { status: number; body: string } = { status: 200, body: '{"keys":[]}' };
  readonly #server = createServer((_request, response) => {
    this.fetches += 1;
    response.writeHead(this.#answer.status, { 'content-type': 'application/json' }).end(this.#answer.body);
  });

  async start(...keys: readonly SigningKey[]): Promise<this> {
    this.publish(...keys);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.listen(0, '127.0.0.1', resolve);
    await promise;
    return this;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/jwks.json`;
  }

  publish(...keys: readonly SigningKey[]): void {
    this.answer(200, JSON.stringify({ keys: keys.map(publicJwk) }));
  }

  answer(status: number, body: string): void {
    this.#answer = { status, body };
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#server.close(() => resolve());
    await promise;
  }
}
