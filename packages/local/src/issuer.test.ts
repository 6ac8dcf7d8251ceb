import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLocalJWKSet, jwtVerify } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createIssuer } from './issuer.ts';

const orgId = '01890a5d-ac96-774b-bcce-b302099a8057';
const parties = { issuer: 'http://127.0.0.1:3000', audience: 'tributary' };
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-issuer-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a minted token verifies against the published keys and lives 15 minutes', async () => {
  const issuer = await createIssuer({ keyFile: join(folder, 'a.json'), ...parties });
  const token = await issuer.mint({ orgId, role: 'finance', subject: 'me' });
  const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(issuer.jwks), parties);
  expect(payload).toMatchObject({ org_id: orgId, role: 'finance', sub: 'me' });
  expect((payload.exp ?? 0) - (payload.iat ?? 0)).toBe(900);
  expect(protectedHeader).toMatchObject({ alg: 'ES256', typ: 'JWT' });
});

test('a consumer’s token names no organization, and says which contacts are proven', async () => {
  const issuer = await createIssuer({ keyFile: join(folder, 'c.json'), ...parties });
  const claimsOf = async (claims: Parameters<typeof issuer.mintConsumer>[0]) => {
    const token = await issuer.mintConsumer(claims);
    const { iat: _, exp: __, ...rest } = (await jwtVerify(token, createLocalJWKSet(issuer.jwks), parties)).payload;
    return rest;
  };
  const whose = { iss: parties.issuer, aud: parties.audience, role: 'consumer' };
  expect(await claimsOf({ email: 'ann@example.com', mobile: '+14155550100', verified: ['mobile'] })).toEqual({
    ...whose,
    sub: 'local',
    email: 'ann@example.com',
    email_verified: false,
    phone_number: '+14155550100',
    phone_number_verified: true,
  });
  expect(await claimsOf({ subject: 'ann' })).toEqual({ ...whose, sub: 'ann' });
});

test('the private key is neither published nor readable by others, and stays the same across restarts', async () => {
  const keyFile = join(folder, 'b.json');
  const first = await createIssuer({ keyFile, ...parties });
  const second = await createIssuer({ keyFile, ...parties });
  expect(second.jwks).toEqual(first.jwks);
  expect(first.jwks.keys[0]).not.toHaveProperty('d');
  expect(statSync(keyFile).mode & 0o077).toBe(0);
});
