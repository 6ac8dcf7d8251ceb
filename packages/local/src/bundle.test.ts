import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { type Bundle, BundleError, bundleFunctions, watchFunctions } from './bundle.ts';

let root: string;
const write = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
};
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), 'tributary-bundle-'));
  write('lib/heavy.ts', `export const heavy = '${'heavy '.repeat(1000)}';`);
  write('lib/legacy.cjs', `const os = require('node:os'); module.exports = { type: () => typeof os.cpus };`);
  write(
    'functions/api/a.ts',
    `import legacy from '../../lib/legacy.cjs';
     export class StrangeError extends Error {}
     export async function handler(event: { load?: boolean }) {
       if (event.load) return (await import('../../lib/heavy.ts')).heavy.length;
       return [legacy.type(), StrangeError.name];
     }`,
  );
  write('texts/one.txt', 'one');
});
afterAll(() => rmSync(root, { recursive: true }));

const spec = { a: { handler: 'functions/api/a.handler', ships: ['texts'] } };
const load = async ({ entry }: Bundle) =>
  (await import(pathToFileURL(entry).href)) as { handler(event: object): Promise<unknown> };

test('a bundle runs, keeps names, lets CommonJS require, and carries what it ships', async () => {
  const [bundle] = (await bundleFunctions(root, '.build', spec)) as [Bundle];
  expect(bundle).toMatchObject({ functionName: 'a', exportName: 'handler', folder: join(root, '.build', 'a') });
  expect(await (await load(bundle)).handler({})).toEqual(['function', 'StrangeError']);
  expect(readFileSync(join(bundle.folder, 'texts/one.txt'), 'utf8')).toBe('one');
});

test('what is imported lazily is loaded lazily, and counted apart', async () => {
  const [bundle] = (await bundleFunctions(root, '.build', spec)) as [Bundle];
  expect(bundle.initialBytes).toBeLessThan(4000);
  expect(bundle.lazyBytes).toBeGreaterThan(6000);
  expect(await (await load(bundle)).handler({ load: true })).toBe(6000);
});

test('an error names the function, the file and the line', async () => {
  write('functions/api/b.ts', 'export const handler = async () => {\n  return +;\n};');
  const bundling = bundleFunctions(root, '.build', { b: { handler: 'functions/api/b.handler' } });
  await expect(bundling).rejects.toThrow(BundleError);
  await expect(bundling).rejects.toThrow(/b cannot be bundled[\s\S]*functions\/api\/b\.ts:2:10/);
});

test('watching reports each rebuild, and a mistake without stopping', async () => {
  write('functions/api/c.ts', 'export const handler = async () => 1;');
  const rebuilt: string[] = [];
  const lines: string[] = [];
  const watched = { c: { handler: 'functions/api/c.handler' } };
  const onRebuilt = ({ functionName }: Bundle) => void rebuilt.push(functionName);
  const watching = await watchFunctions(root, '.watched', watched, onRebuilt, (line) => void lines.push(line));
  expect(rebuilt).toEqual([]);
  write('functions/api/c.ts', 'export const handler = async () => ;');
  await vi.waitUntil(() => lines.length === 1, { timeout: 5000 });
  expect(lines[0]).toContain('functions/api/c.ts:1');
  write('functions/api/c.ts', 'export const handler = async () => 2;');
  await vi.waitUntil(() => rebuilt.length === 1, { timeout: 5000 });
  expect(rebuilt).toEqual(['c']);
  await watching.stop();
});
