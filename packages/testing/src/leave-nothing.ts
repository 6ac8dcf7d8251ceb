import { afterAll, vi } from 'vitest';

// A worker takes one file after the other: what a file made of time, spies, globals or the environment ends with it.
afterAll(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
});
