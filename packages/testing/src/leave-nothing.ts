import { afterAll, vi } from 'vitest';
import { dropTestDatabases } from './database.ts';

// A worker takes one file after the other: what a file made of time, spies, globals or the environment ends with it, and its
// databases.
afterAll(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  await dropTestDatabases();
});
