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

test('the private key is neither published nor readable by others, and stays the same across restarts', async () => {
  const keyFile = join(folder, 'b.json');
  const first = await createIssuer({ keyFile, ...parties });
  const second = await createIssuer({ keyFile, ...parties });
  expect(second.jwks).toEqual(first.jwks);
  expect(first.jwks.keys[0]).not.toHaveProperty('d');
  expect(statSync(keyFile).mode & 0o077).toBe(0);
});
