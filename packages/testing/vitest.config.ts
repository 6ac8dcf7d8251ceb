import { defineConfig } from 'vitest/config';

const root = new URL('../..', import.meta.url).pathname;
const include = (suffix: string) => ['packages', 'functions'].map((folder) => `${folder}/**/*${suffix}`);
const exclude = ['**/node_modules/**', '**/.build/**', '**/.sst/**'];

export default defineConfig({
  test: {
    root,
    // One for each core: left alone, vitest takes one for two of them, and all takes ten minutes instead of six.
    maxWorkers: 2,
    projects: [
      // Apart from the rest: it wants SST's platform, 390 MB.
      { test: { name: 'infra', root, include: ['infra/**/*.test.ts'], exclude } },
      {
        test: {
          name: 'unit',
          root,
          include: include('.test.ts'),
          exclude: [...exclude, '**/*.db.test.ts'],
          // A machine that is busy otherwise fails no test.
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'db',
          root,
          include: include('.db.test.ts'),
          exclude,
          globalSetup: ['packages/testing/src/global-setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
