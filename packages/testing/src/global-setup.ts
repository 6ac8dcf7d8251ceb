import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openDatabase } from '@tributary/db/connection';
import { migrate, readMigrations } from '@tributary/db/migrate';
import { startNeonProxy } from '@tributary/local/neon-proxy';
import { startPostgres } from '@tributary/local/postgres';
import pg from 'pg';
import type { TestProject } from 'vitest/node';

export const logins = ['api', 'worker', 'system', 'consumer', 'identity', 'owner'] as const;
export type Login = (typeof logins)[number];

export interface TestServer {
  superuserUrl: string;
  proxy: string;
  /** One password for all logins of this throw-away server. */
  password: string;
  template: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    server: TestServer;
  }
}

/** One PostgreSQL for the whole run, migrated once into a template that each suite clones. */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const dataDir = mkdtempSync(join(tmpdir(), 'tributary-test-'));
  const flags = { max_connections: '300', shared_buffers: '256MB' };
  const postgres = await startPostgres({ dataDir: join(dataDir, 'postgres'), fsync: false, flags });
  const proxy = await startNeonProxy({ postgresPort: postgres.port });
  const server: TestServer = {
    superuserUrl: postgres.superuserUrl,
    proxy: proxy.url,
    password: randomBytes(12).toString('hex'),
    template: 'template_tributary',
  };
  await prepareTemplate(server);
  project.provide('server', server);
  return async () => {
    await proxy.stop();
    await postgres.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
}

async function prepareTemplate(server: TestServer): Promise<void> {
  const superuser = new pg.Client({ connectionString: server.superuserUrl });
  await superuser.connect();
  await superuser.query(`create role tributary_owner login createrole password '${server.password}'`);
  await superuser.query(`create database ${server.template} owner tributary_owner`);
  const owner = openDatabase({ url: loginUrl(server, 'owner', server.template), proxy: server.proxy });
  await migrate(owner, readMigrations(new URL('../../../migrations', import.meta.url).pathname));
  await owner.close();
  for (const login of ['api', 'worker', 'system', 'consumer', 'identity']) {
    await superuser.query(`alter role tributary_${login} password '${server.password}'`);
  }
  await superuser.end();
}

export function loginUrl(server: TestServer, login: Login, database: string): string {
  const url = new URL(server.superuserUrl);
  url.username = `tributary_${login}`;
  url.password = server.password;
  url.pathname = `/${database}`;
  return url.href;
}
