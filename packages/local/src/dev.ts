import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { startCloverSandbox } from '@tributary/sandbox/clover/start-clover';
import { projectRoot } from './bundle.ts';
import type { CliOptions } from './cli-options.ts';
import { cloverAccount } from './demo/scenario.ts';
import { findShop, openShop, sendMorning } from './demo/shop.ts';
import { startStack } from './stack.ts';
import type { Stack } from './stack-options.ts';

/** The first thing the API lets one read without knowing an id. */
function samplePath(): string {
  const path = join(projectRoot, 'packages/docs/openapi.json');
  if (!existsSync(path)) return '/v1/wallets';
  const { paths } = JSON.parse(readFileSync(path, 'utf8')) as { paths: Record<string, { get?: unknown }> };
  const readable = Object.entries(paths).find(([name, verbs]) => verbs.get !== undefined && !name.includes('{'));
  return readable?.[0] ?? '/v1/wallets';
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** On new data, opens the demo's shop and plays its morning, so that there is something to look at. */
async function shopOf(stack: Stack, log: (line: string) => void): Promise<string> {
  const known = await findShop(stack);
  if (known !== null) return known;
  const opened = await openShop(stack);
  await sendMorning(stack, log);
  return opened;
}

/** Runs the stack until asked to stop, with a Clover that answers on this machine. */
export async function dev(options: CliOptions): Promise<number> {
  const { log, port, signal } = options;
  log('starting PostgreSQL, SQS, KMS and the functions');
  const clover = await startCloverSandbox({ merchants: [cloverAccount] });
  const stack = await startStack({
    dataDir: options.dataDir,
    fresh: options.reset,
    port,
    watch: true,
    settings: { CLOVER_ENVIRONMENT: clover.url },
    log,
  }).catch(async (error: unknown) => {
    await clover.stop();
    throw error;
  });
  try {
    const { gatewayUrl, sqsUrl, superuserUrl } = stack;
    if (new URL(gatewayUrl).port !== String(port)) log(`port ${port} is taken, using ${new URL(gatewayUrl).port}`);
    const token = await stack.token(await shopOf(stack, log), 'owner');
    if (options.json) {
      const docsUrl = `${gatewayUrl}/docs`;
      process.stdout.write(`${JSON.stringify({ gatewayUrl, docsUrl, sqsUrl, databaseUrl: superuserUrl, token })}\n`);
    } else {
      process.stdout.write(
        [
          '',
          `  Live traffic    ${gatewayUrl}/`,
          `  API reference   ${gatewayUrl}/docs`,
          `  Webhooks        ${gatewayUrl}/webhooks/square, …/clover, …/xero`,
          `  Database        ${superuserUrl}`,
          '',
          '  Try (the token is good for 15 minutes; POST /local/token mints others):',
          `  curl -H 'authorization: Bearer ${token}' '${gatewayUrl}${samplePath()}'`,
          '',
          '  Ctrl-C stops it. Data stays; --reset starts from nothing.',
          '',
          '',
        ].join('\n'),
      );
    }
    await untilAborted(signal);
    log('stopping');
  } finally {
    await stack.stop();
    await clover.stop();
  }
  return 0;
}
