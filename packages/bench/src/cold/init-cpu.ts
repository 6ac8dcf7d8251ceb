import { execFile } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import type { FunctionSpec } from '@tributary/infra/specs';
import { functions } from '@tributary/infra/topology';
import { environmentOf, type Surroundings } from '@tributary/local/function-environment';
import { median } from '../result.ts';
import type { FunctionBundle } from './bundles.ts';

const execute = promisify(execFile);

// Nothing listens there: a function that connected while it loads would show as a socket, and fail.
const nowhere = '127.0.0.1:9';
const around: Surroundings = {
  region: 'us-east-1',
  databaseUrl: (login) => `postgres://tributary_${login}:password@${nowhere}/tributary`,
  queueUrl: (queue) => `http://${nowhere}/000000000000/${queue}`,
  secrets: {
    SquareSignatureKeys: '["key"]',
    CloverAuthCodes: '["code"]',
    XeroWebhookKeys: '["key"]',
    SquareClientSecret: 'secret',
    CloverClientSecret: 'secret',
    XeroClientSecret: 'secret',
    ConnectKey: Buffer.alloc(32, 2).toString('base64'),
    CursorKey: Buffer.alloc(32, 1).toString('base64'),
    EdgeKeys: Buffer.alloc(32, 3).toString('base64'),
    AuthSecrets: JSON.stringify([{ version: 1, value: Buffer.alloc(32, 4).toString('base64') }]),
  },
  settings: {
    SQUARE_NOTIFICATION_URL: 'https://hooks.example.com/webhooks/square',
    SQUARE_ENVIRONMENT: `http://${nowhere}`,
    SQUARE_CLIENT_ID: 'bench',
    CLOVER_ENVIRONMENT: `http://${nowhere}`,
    CLOVER_CLIENT_ID: 'bench',
    XERO_ENVIRONMENT: `http://${nowhere}`,
    XERO_CLIENT_ID: 'bench',
    AFFILIATE_ENVIRONMENT: `http://${nowhere}`,
    ECB_ENVIRONMENT: `http://${nowhere}`,
    CONNECT_REDIRECT_URL: 'https://app.example.com/connected',
    API_KEY_ENVIRONMENT: 'test',
    CORS_ORIGINS: 'https://app.example.com',
    JWT_ISSUER: 'https://issuer.example.com',
    JWT_AUDIENCE: 'tributary',
    JWKS_URL: `http://${nowhere}/jwks.json`,
    APP_URL: 'https://app.example.com',
    MAIL_FROM: 'tributary@example.com',
    NEW_USER_STATUS: 'active',
  },
  credentialsKeyArn: 'arn:aws:kms:us-east-1:000000000000:key/00000000-0000-0000-0000-000000000000',
  sqsUrl: `http://${nowhere}`,
  kmsUrl: `http://${nowhere}`,
  sesUrl: `http://${nowhere}`,
  neonProxy: nowhere,
};

const program = `
  const [url, name] = process.argv.slice(1);
  const loaded = await import(url);
  const { user, system } = process.cpuUsage();
  const open = process.getActiveResourcesInfo();
  const found = name === '' || typeof loaded[name] === 'function';
  process.stdout.write(JSON.stringify({ cpuMicros: user + system, open, found }));
`;
const nothing = 'data:text/javascript,';

async function cpuMsOf(url: string, exportName: string, env: Readonly<Record<string, string>>): Promise<number> {
  const words = ['--input-type=module', '-e', program, url, exportName];
  const { stdout } = await execute(process.execPath, words, { env });
  const { cpuMicros, open, found } = JSON.parse(stdout) as { cpuMicros: number; open: string[]; found: boolean };
  if (!found) throw new Error(`${url} does not export ${exportName}`);
  const forbidden = open.filter((resource) => resource !== 'PipeWrap');
  if (forbidden.length > 0) throw new Error(`loading ${url} left open: ${forbidden.join(', ')}`);
  return cpuMicros / 1000;
}

/**
 * CPU (user and system) of a process that loads a bundle, and of one that loads nothing, in ms: medians of interleaved runs.
 * Loading may open nothing: no socket, no timer. (`PipeWrap` is the process's own stdio: sst imports `env` from `process`, whose
 * ES module wrapper touches every property.)
 */
export async function measureInitCpu(bundles: readonly FunctionBundle[], rounds: number) {
  const bare: number[] = [];
  const loading = new Map<string, number[]>(bundles.map(({ functionName }) => [functionName, []]));
  for (let round = 0; round < rounds; round += 1) {
    bare.push(await cpuMsOf(nothing, '', {}));
    for (const { functionName, entry, exportName, folder } of bundles) {
      const spec: FunctionSpec = functions[functionName];
      const env = environmentOf(functionName, spec, folder, around);
      loading.get(functionName)?.push(await cpuMsOf(pathToFileURL(entry).href, exportName, env));
    }
  }
  return { bareMs: median(bare), loadingMs: (name: string) => median(loading.get(name) ?? []) };
}
