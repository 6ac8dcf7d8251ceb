import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  audience,
  compact,
  goodClaims,
  hmacSigner,
  issuerName,
  KeyServer,
  keySigner,
  newKey,
  orgId,
  publicJwk,
  publicPem,
  token,
} from '../test/issuer.ts';
import { jwtAuthenticator } from './authenticate.ts';

const edKey = newKey('ed-1');
const ecKey = newKey('ec-1', 'ES256');
const attacker = newKey('ed-1');
const server = new KeyServer();
let authenticate: ReturnType<typeof jwtAuthenticator>;

beforeAll(async () => {
  await server.start(edKey, ecKey);
  authenticate = jwtAuthenticator({ issuer: issuerName, audience, jwksUrl: server.url });
});
afterAll(() => server.stop());
afterEach(() => {
  vi.useRealTimers();
});

const ask = (jwt: string) => authenticate(new Headers({ authorization: `Bearer ${jwt}` }));
const unauthenticated = { code: 'unauthenticated', message: 'A valid bearer token is required.', issues: [] };

describe('a genuine token', () => {
  it.each([
    ['EdDSA', () => token(edKey)],
    ['ES256', () => token(ecKey)],
    ['an audience list with ours', () => token(edKey, { aud: ['other', audience] })],
    ['20 s after its end', () => token(edKey, { exp: Math.floor(Date.now() / 1000) - 20 })],
    ['20 s before its start', () => token(edKey, { nbf: Math.floor(Date.now() / 1000) + 20 })],
  ])('is accepted: %s', async (_name, mint) => {
    expect(await ask(mint())).toEqual({ orgId, subject: 'user_1', role: 'viewer' });
  });

  it('is accepted whatever the case of the scheme', async () => {
    expect(await authenticate(new Headers({ authorization: `bearer ${token(edKey)}` }))).toMatchObject({ orgId });
  });
});

const hmacHeader = { alg: 'HS256', kid: 'ed-1', typ: 'JWT' };
const noSignature = () => Buffer.alloc(0);
const now = () => Math.floor(Date.now() / 1000);

const forgeries: [string, () => string][] = [
  ...['none', 'None', 'nOnE', ''].flatMap((alg): [string, () => string][] => [
    [`alg ${alg}, unsigned`, () => compact({ ...hmacHeader, alg }, goodClaims(), noSignature)],
    [`alg ${alg}, signed`, () => compact({ ...hmacHeader, alg }, goodClaims(), keySigner(edKey))],
  ]),
  ['HS256 with the public PEM', () => compact(hmacHeader, goodClaims(), hmacSigner(publicPem(edKey)))],
  [
    'HS256 with the EC public PEM',
    () => compact({ ...hmacHeader, kid: 'ec-1' }, goodClaims(), hmacSigner(publicPem(ecKey))),
  ],
  ['HS256 with the public JWK', () => compact(hmacHeader, goodClaims(), hmacSigner(JSON.stringify(publicJwk(edKey))))],
  ['HS256 with the public x', () => compact(hmacHeader, goodClaims(), hmacSigner(String(publicJwk(edKey).x)))],
  ['HS256 with an empty secret', () => compact({ ...hmacHeader, kid: '../../dev/null' }, goodClaims(), hmacSigner(''))],
  ['another key under a known kid', () => token(attacker)],
  ['the right key under another alg', () => token(edKey, {}, { alg: 'ES256' })],
  ['an alg not listed', () => token(edKey, {}, { alg: 'Ed25519' })],
  ['kid traversal', () => token(edKey, {}, { kid: '../../dev/null' })],
  ['kid SQL', () => token(edKey, {}, { kid: "x' union select 'k" })],
  ['kid __proto__', () => token(edKey, {}, { kid: '__proto__' })],
  ['kid missing', () => token(edKey, {}, { kid: undefined })],
  ['kid a number', () => token(edKey, {}, { kid: 1 })],
  ['an embedded jwk', () => token(attacker, {}, { jwk: publicJwk(attacker) })],
  ['an embedded jwk beside a good signature', () => token(edKey, {}, { jwk: publicJwk(edKey) })],
  ['jku', () => token(attacker, {}, { jku: 'https://evil.example/jwks.json' })],
  ['jku beside a good signature', () => token(edKey, {}, { jku: server.url })],
  ['x5u', () => token(edKey, {}, { x5u: 'https://evil.example/cert.pem' })],
  ['x5c', () => token(edKey, {}, { x5c: ['MIIB'] })],
  ['crit', () => token(edKey, {}, { crit: ['exp'], exp: 1 })],
  ['crit unknown', () => token(edKey, {}, { crit: ['x'], x: 1 })],
  ['b64 false', () => token(edKey, {}, { crit: ['b64'], b64: false })],
  ['typ id_token', () => token(edKey, {}, { typ: 'id_token' })],
  ['typ missing', () => token(edKey, {}, { typ: undefined })],
  ['iss wrong', () => token(edKey, { iss: `${issuerName}/` })],
  ['iss missing', () => token(edKey, { iss: undefined })],
  ['iss a list', () => token(edKey, { iss: [issuerName] })],
  ['aud wrong', () => token(edKey, { aud: 'other' })],
  ['aud missing', () => token(edKey, { aud: undefined })],
  ['aud an empty list', () => token(edKey, { aud: [] })],
  ['aud a list without ours', () => token(edKey, { aud: ['a', 'b'] })],
  ['aud a nested list', () => token(edKey, { aud: [[audience]] })],
  ['aud an object', () => token(edKey, { aud: { [audience]: true } })],
  ['exp missing', () => token(edKey, { exp: undefined })],
  ['exp null', () => token(edKey, { exp: null })],
  ['exp a string', () => token(edKey, { exp: String(now() + 600) })],
  ['exp a fraction', () => token(edKey, { exp: now() + 600.5 })],
  ['exp 1e99', () => token(edKey, { exp: 1e99 })],
  ['exp past', () => token(edKey, { exp: now() - 31 })],
  ['nbf future', () => token(edKey, { nbf: now() + 60 })],
  ['nbf a string', () => token(edKey, { nbf: String(now()) })],
  ['nbf a fraction', () => token(edKey, { nbf: now() - 0.5 })],
  ['sub missing', () => token(edKey, { sub: undefined })],
  ['sub with U+0000', () => token(edKey, { sub: 'a\u0000' })],
  ['org_id missing', () => token(edKey, { org_id: undefined })],
  ['org_id a list', () => token(edKey, { org_id: [orgId] })],
  ['org_id not a UUID', () => token(edKey, { org_id: "'; select 1" })],
  ['role unknown', () => token(edKey, { role: 'root' })],
  ['role a list', () => token(edKey, { role: ['owner'] })],
  ['claims a list', () => compact({ alg: 'EdDSA', kid: 'ed-1', typ: 'JWT' }, [goodClaims()], keySigner(edKey))],
  ['claims changed after signing', () => withClaims(token(edKey), { role: 'owner' })],
  ['signature cut off', () => token(edKey).replace(/[^.]+$/, '')],
  ['two parts', () => token(edKey).split('.').slice(0, 2).join('.')],
  ['four parts', () => `${token(edKey)}.x`],
  ['five parts (JWE)', () => 'a.b.c.d.e'],
  ['padding', () => `${token(edKey)}=`],
  ['white space inside', () => token(edKey).replace('.', '. ')],
  ['two tokens', () => `${token(edKey)}, ${token(edKey)}`],
  ['8 KiB and more', () => token(edKey, { padding: 'x'.repeat(8 * 1024) })],
  ['10 MB', () => `${'a'.repeat(10_000_000)}.a.a`],
  ['nothing', () => ''],
];

function withClaims(jwt: string, claims: object): string {
  const [header, , signature] = jwt.split('.');
  return [header, Buffer.from(JSON.stringify({ ...goodClaims(), ...claims })).toString('base64url'), signature].join(
    '.',
  );
}

describe('a forged token', () => {
  it.each(forgeries)('is refused without a reason: %s', async (_name, mint) => {
    await expect(ask(mint())).rejects.toMatchObject(unauthenticated);
  });

  it('causes no fetch beside the first', () => {
    expect(server.fetches).toBe(1);
  });

  it('is refused with any bit flipped and in any other spelling of its base64', async () => {
    const jwt = token(edKey);
    const bytes = Buffer.from(jwt);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(6), async (index, bit) => {
        const flipped = Buffer.from(bytes);
        flipped[index] = (flipped[index] ?? 0) ^ (1 << bit);
        const headers = new Headers();
        try {
          headers.set('authorization', `Bearer ${flipped.toString('latin1')}`);
        } catch {
          return; // Control characters never make it into a header.
        }
        await expect(authenticate(headers)).rejects.toMatchObject(unauthenticated);
      }),
      { numRuns: 1_000 },
    );
  });

  it.each(['Basic dXNlcjpwYXNz', 'Bearer', 'Bearer  a.b.c', 'Token a.b.c', ''])(
    'is no other scheme: %j',
    async (authorization) => {
      await expect(authenticate(new Headers({ authorization }))).rejects.toMatchObject(unauthenticated);
      await expect(authenticate(new Headers({ cookie: `token=${token(edKey)}` }))).rejects.toMatchObject(
        unauthenticated,
      );
    },
  );
});

describe('the settings', () => {
  it.each([
    ['plain http', { issuer: issuerName, audience, jwksUrl: 'http://issuer.example/jwks.json' }],
    ['no issuer', { issuer: '', audience, jwksUrl: 'https://issuer.example/jwks.json' }],
    ['no audience', { issuer: issuerName, audience: '', jwksUrl: 'https://issuer.example/jwks.json' }],
  ])('are refused: %s', (_name, settings) => {
    expect(() => jwtAuthenticator(settings)).toThrow();
  });
});
