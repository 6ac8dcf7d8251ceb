import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BundleServer, bundlesFrom, startBundleServer } from './bundle-server.ts';

let root: string;
let server: BundleServer;
const write = (text: string) => writeFileSync(join(root, 'a.ts'), text);
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), 'tributary-bundle-server-'));
  server = await startBundleServer(root, { a: { handler: 'a.handler' } });
});
afterAll(async () => {
  await server.stop();
  rmSync(root, { recursive: true });
});

const told = async () => {
  const [bundle] = await bundlesFrom(server.url);
  return readFileSync(bundle?.entry ?? '', 'utf8');
};

test('a function is bundled once for all who ask, until it is to be forgotten', async () => {
  write(`export const handler = () => 'first';`);
  const all = await Promise.all([told(), told()]);
  write(`export const handler = () => 'second';`);
  for (const text of [...all, await told()]) expect(text).toContain('first');
  server.forget();
  expect(await told()).toContain('second');
});

test('each who asks is told why a function cannot be bundled', async () => {
  server.forget();
  write('export const handler = () => +;');
  for (let asked = 0; asked < 2; asked += 1) await expect(told()).rejects.toThrow(/a cannot be bundled[\s\S]*a\.ts:1/);
});
