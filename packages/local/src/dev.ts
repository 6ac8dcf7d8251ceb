import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './bundle.ts';
import type { CliOptions } from './cli-options.ts';
import { startStack } from './stack.ts';

const sampleOrganization = '01890a5d-ac96-774b-bcce-b302099a8057';

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

/** Runs the stack until asked to stop. */
export async function dev(options: CliOptions): Promise<number> {
  const { log, port, signal } = options;
  log('starting PostgreSQL, SQS, KMS and the functions');
  const stack = await startStack({ dataDir: options.dataDir, fresh: options.reset, port, watch: true, log });
  try {
    const { gatewayUrl, sqsUrl, superuserUrl } = stack;
    if (new URL(gatewayUrl).port !== String(port)) log(`port ${port} is taken, using ${new URL(gatewayUrl).port}`);
    const token = await stack.token(sampleOrganization, 'owner');
    if (options.json) {
      const docsUrl = `${gatewayUrl}/docs`;
      process.stdout.write(`${JSON.stringify({ gatewayUrl, docsUrl, sqsUrl, databaseUrl: superuserUrl, token })}\n`);
    } else {
      process.stdout.write(
        [
          '',
          `  Live traffic    ${gatewayUrl}/`,
          `  API reference   ${gatewayUrl}/docs`,
          `  Webhooks        ${gatewayUrl}/webhooks/square, ${gatewayUrl}/webhooks/clover`,
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
  }
  return 0;
}
