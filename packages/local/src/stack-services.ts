import { join } from 'node:path';
import type { Setting } from '@tributary/infra/specs';
import type { Surroundings } from './function-environment.ts';
import { startKms } from './kms.ts';
import { startNeonProxy } from './neon-proxy.ts';
import { startPostgres } from './postgres.ts';
import { createOwnerAndDatabase, databaseName, newPasswords, roleOf } from './roles.ts';
import { loadSecrets } from './secrets.ts';
import { startSes } from './ses.ts';
import type { Shutdown } from './shutdown.ts';
import { region, startSqs } from './sqs.ts';
import type { StackOptions } from './stack-options.ts';

/** Postgres, the driver's proxy, SQS and KMS: what the functions need to find. Each start is undone by `shutdown`. */
export async function startServices(options: StackOptions, dataDir: string, shutdown: Shutdown) {
  const persistent = options.persistent ?? true;
  const postgres = await startPostgres({ dataDir: join(dataDir, 'postgres'), fsync: persistent });
  shutdown.add('postgres', () => postgres.stop());
  const passwords = newPasswords();
  await createOwnerAndDatabase(postgres.superuserUrl, passwords.owner);
  const proxy = await startNeonProxy({ postgresPort: postgres.port });
  shutdown.add('neon proxy', () => proxy.stop());
  const sqs = await startSqs(persistent ? { dataDir: join(dataDir, 'sqs') } : {});
  shutdown.add('sqs', () => sqs.stop());
  const kms = await startKms({ keyFile: join(dataDir, 'kms.json') });
  shutdown.add('kms', () => kms.stop());
  const ses = await startSes();
  shutdown.add('ses', () => ses.stop());
  return { postgres, passwords, proxy, sqs, kms, ses };
}

export type Services = Awaited<ReturnType<typeof startServices>>;

function settingsOf(gatewayUrl: string, overrides: StackOptions['settings']): Record<Setting, string> {
  return {
    SQUARE_NOTIFICATION_URL: `${gatewayUrl}/webhooks/square`,
    SQUARE_ENVIRONMENT: 'sandbox',
    SQUARE_CLIENT_ID: 'local',
    CLOVER_ENVIRONMENT: 'sandbox',
    CLOVER_CLIENT_ID: 'local',
    XERO_ENVIRONMENT: 'production',
    XERO_CLIENT_ID: 'local',
    ECB_ENVIRONMENT: 'production',
    AFFILIATE_ENVIRONMENT: 'production',
    // A front end's, of which there is none: simulators know this one, and its parameters can be read in the browser.
    CONNECT_REDIRECT_URL: 'http://127.0.0.1/callback',
    API_KEY_ENVIRONMENT: 'test',
    CORS_ORIGINS: gatewayUrl,
    JWT_ISSUER: gatewayUrl,
    JWT_AUDIENCE: 'tributary-local',
    JWKS_URL: `${gatewayUrl}/.well-known/jwks.json`,
    // Another front end there is none: mails are read on the page of `dev`.
    APP_URL: gatewayUrl,
    MAIL_FROM: 'tributary@example.com',
    NEW_USER_STATUS: 'active',
    ...overrides,
  };
}

/** Addresses, credentials and settings of this stack, from which each function gets its share. */
export function surroundingsOf(
  options: StackOptions,
  dataDir: string,
  services: Services,
  gatewayUrl: string,
): Surroundings {
  const { postgres, passwords, proxy, sqs, kms, ses } = services;
  return {
    region,
    databaseUrl: (login) => postgres.url(databaseName, { user: roleOf(login), password: passwords[login] }),
    queueUrl: (queue) => sqs.queueUrl(queue),
    secrets: loadSecrets(join(dataDir, 'secrets.json'), options.secrets),
    settings: settingsOf(gatewayUrl, options.settings),
    credentialsKeyArn: kms.keyArn,
    sqsUrl: sqs.url,
    kmsUrl: kms.url,
    sesUrl: ses.url,
    neonProxy: proxy.url,
  };
}
