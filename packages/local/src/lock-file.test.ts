import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LockedError, takeLock } from './lock-file.ts';
import { identifyProcess } from './process-identity.ts';

let folder: string;
let path: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'tributary-lock-'));
  path = join(folder, 'new', 'lock');
});
afterAll(() => rmSync(folder, { recursive: true }));

test('a second taker is refused with the holder’s process id, until the lock is given back', async () => {
  const release = await takeLock(path);
  const refusal = await takeLock(path).catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(LockedError);
  expect(String(refusal)).toContain(`Process ${process.pid} is already running on ${join(folder, 'new')}`);
  release();
  expect(existsSync(path)).toBe(false);
  (await takeLock(path))();
});

test('the lock of a process that died is taken over', async () => {
  const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)']);
  const pid = child.pid ?? 0;
  writeFileSync(path, JSON.stringify({ pid, startedAt: (await identifyProcess(pid))?.startedAt }));
  await expect(takeLock(path)).rejects.toThrow(`Process ${pid}`);
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
  (await takeLock(path))();
});

test.each([
  ['a process id that now belongs to another program', JSON.stringify({ pid: process.pid, startedAt: 'earlier' })],
  ['a half-written file', '{"pid":'],
])('%s does not hold a lock', async (_, content) => {
  writeFileSync(path, content);
  (await takeLock(path))();
});
