import { globSync, readFileSync } from 'node:fs';
import { defineConfig } from 'vitest/config';

const root = new URL('../..', import.meta.url).pathname;
// A machine that is busy otherwise fails no test.
const testTimeout = 30_000;
const exclude = ['**/node_modules/**', '**/.build/**', '**/.sst/**'];

// A handler reads its links once in a process: suites that import one have one of their own, and those that start the whole stack.
const apart = [
  'functions/*.db.test.ts',
  'functions/runtime/once.db.test.ts',
  'packages/local/**/*.db.test.ts',
  ...globSync('functions/*/**/*.db.test.ts', { cwd: root }).filter((file) =>
    /await import\('\.\.?\//.test(readFileSync(`${root}${file}`, 'utf8')),
  ),
];
const onDatabase = {
  ...{ root, testTimeout, hookTimeout: 60_000 },
  globalSetup: ['packages/testing/src/global-setup.ts'],
  setupFiles: ['packages/testing/src/leave-nothing.ts'],
};

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
          ...onDatabase,
          name: 'db',
          include: ['{packages,functions}/**/*.db.test.ts'],
          exclude: [...exclude, ...apart],
          // A process for each file, which imports all anew, was a third of the time.
          isolate: false,
        },
      },
      { test: { ...onDatabase, name: 'db-apart', include: apart, exclude } },
    ],
  },
});
