import { defineConfig } from 'vitest/config';

const root = new URL('../..', import.meta.url).pathname;
// A machine that is busy otherwise fails no test.
const testTimeout = 30_000;
const exclude = ['**/node_modules/**', '**/.build/**', '**/.sst/**'];

export default defineConfig({
  test: {
    root,
    globalSetup: ['packages/testing/src/bundles.ts'],
    // One for each core: left alone, vitest takes one for two of them, and all takes ten minutes instead of six.
    maxWorkers: 2,
    projects: [
      // Apart from the rest: it wants SST's platform, 390 MB.
      { test: { name: 'infra', root, include: ['infra/**/*.test.ts'], exclude } },
      {
        test: {
          name: 'unit',
          root,
          include: ['packages/**/*.test.ts'],
          exclude: [...exclude, '**/*.db.test.ts'],
          // Nothing is left behind by what they test, so a worker takes one file after the other.
          isolate: false,
          testTimeout,
        },
      },
      // Apart from those of packages: `sst` reads its links once in a process.
      {
        test: {
          name: 'functions',
          root,
          include: ['functions/**/*.test.ts'],
          exclude: [...exclude, '**/*.db.test.ts'],
          testTimeout,
        },
      },
      {
        test: {
          name: 'db',
          root,
          include: ['{packages,functions}/**/*.db.test.ts'],
          exclude,
          globalSetup: ['packages/testing/src/global-setup.ts'],
          testTimeout,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
