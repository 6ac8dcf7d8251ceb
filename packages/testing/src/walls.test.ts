import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { brokenWalls, readEdges, readWorkspaces } from './walls.ts';

const root = new URL('../../..', import.meta.url).pathname;

describe('import walls', () => {
  const workspaces = readWorkspaces(root);
  const edges = readEdges(root);

  it('hold', () => {
    expect(brokenWalls(edges, workspaces)).toEqual([]);
  });

  it('are held against something: every package is seen, and its imports', () => {
    expect(workspaces.length).toBeGreaterThan(10);
    const read = (folder: string) => edges.filter(({ file }) => file.startsWith(`${folder}/`)).length;
    for (const { folder } of workspaces) expect([folder, read(folder) > 0]).toEqual([folder, true]);
  });

  it.each([
    ['the spine knows no domain', 'packages/inbox/src/apply.ts', '@tributary/loyalty/wallet/ensure-wallets'],
    ['the spine knows no provider', 'packages/inbox/src/accept.ts', '@tributary/providers/square/webhook'],
    ['domains do not know each other', 'packages/loyalty/src/rule/rule.ts', '@tributary/affiliate/stats'],
    ['providers know no database', 'packages/providers/src/fit.ts', '@tributary/db/connection'],
    ['core knows nothing', 'packages/core/src/ids.ts', '@tributary/db/connection'],
    ['an import is declared', 'packages/inbox/src/apply.ts', '@tributary/ledger/post'],
    ['no reaching past a package name', 'packages/ledger/src/post.ts', '../../db/src/transaction.ts'],
    ['functions import no store', 'functions/queues/ingest.ts', 'drizzle-orm'],
    ['functions import no cloud client', 'functions/webhooks/square.ts', '@aws-sdk/client-sqs'],
    ['only the composition root knows sst', 'packages/queue/src/sender.ts', 'sst/resource'],
    ['production code uses no test fixture', 'functions/queues/ingest.ts', '@tributary/testing/database'],
  ])('break on a planted edge: %s', (_rule, file, specifier) => {
    expect(brokenWalls([{ file, specifier }], workspaces)).toHaveLength(1);
  });

  it('infra is configured by strings alone: sst.config.ts imports nothing statically', () => {
    expect(readFileSync(join(root, 'sst.config.ts'), 'utf8')).not.toMatch(/^import /m);
  });

  it('the top level is what it is agreed to be', () => {
    const agreed = [
      'functions',
      'packages',
      'infra',
      'migrations',
      'sst.config.ts',
      'package.json',
      'pnpm-workspace.yaml',
    ];
    const also = ['pnpm-lock.yaml', 'tsconfig.json', 'README.md', 'LICENSE', 'node_modules', 'sst-env.d.ts'];
    const found = readdirSync(root).filter((name) => !name.startsWith('.'));
    expect(found.filter((name) => ![...agreed, ...also].includes(name))).toEqual([]);
    for (const name of agreed) expect([name, existsSync(join(root, name))]).toEqual([name, true]);
  });
});
