import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, inject, test } from 'vitest';
import { projectRoot } from './bundle.ts';
import { bundlesFrom } from './bundle-server.ts';
import { runDemo } from './demo.ts';

test('the demo happens as it is told, and the README tells it so', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tributary-demo-'));
  const told: string[] = [];
  try {
    const report = await runDemo({
      dataDir,
      port: 0,
      bundle: () => bundlesFrom(inject('bundlesUrl')),
      log: (line) => told.push(line),
    });
    const [, ...story] = told;
    expect(readFileSync(join(projectRoot, 'README.md'), 'utf8')).toContain(`pnpm@10 demo\n${story.join('\n')}\n`);
    expect(report).toMatchObject({
      deliveries: { accepted: 12, duplicate: 1, refused: 2 },
      polled: { square: 2, clover: 1, xero: 5 },
      payments: 8,
      wallets: [
        { customer: 'square/SQUARE-ANNA', points: 54 },
        { customer: 'square/SQUARE-DORA', points: 30 },
        { customer: 'clover/CLOVER-CARLA', points: 21 },
        { customer: 'square/SQUARE-BOB', points: 10 },
      ],
    });
    // The sale, its refund, the sale that Square told of, and the one whose webhooks were lost.
    expect(report.entries.map(({ points, balanceAfter }) => [points, balanceAfter])).toEqual([
      [42, 42],
      [8, 34],
      [8, 42],
      [12, 54],
    ]);
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}, 180_000);
