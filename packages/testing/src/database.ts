import { randomUUID } from 'node:crypto';
import { type Database, openDatabase } from '@tributary/db/connection';
import pg from 'pg';
import { inject } from 'vitest';
import { type Login, logins, loginUrl } from './global-setup.ts';

export interface TestDatabase extends Record<Login, Database> {
  /** `postgres://` of a login, for what opens its own connection. */
  url(login: Login): string;
  /** Past every policy: to look at what is really there. */
  superuser: pg.Client;
  readonly proxy: string;
  readonly name: string;
}

/** What ends the databases of the suites of a file. A hook that is made within a hook is never run. */
const endings: (() => Promise<void>)[] = [];

/** Ends and drops all databases that were opened; of the project's own set-up, behind each file. */
export async function dropTestDatabases(): Promise<void> {
  for (const end of endings.splice(0).toReversed()) await end();
}

/** A migrated database of this suite's own, dropped when its file ends. Call it at the top of a `describe` or a file's `beforeAll`. */
export async function testDatabase(): Promise<TestDatabase> {
  const server = inject('server');
  const name = `t_${randomUUID().replaceAll('-', '')}`;
  const admin = new pg.Client({ connectionString: server.superuserUrl });
  await admin.connect();
  await admin.query(`create database ${name} template ${server.template} owner tributary_owner`);
  // A clone does not inherit the template's database grants.
  await admin.query(`revoke all on database ${name} from public`);
  await admin.query(
    `grant connect on database ${name} to tributary_api, tributary_worker, tributary_system, tributary_consumer, tributary_identity`,
  );
  const superuserUrl = new URL(server.superuserUrl);
  superuserUrl.pathname = `/${name}`;
  const superuser = new pg.Client({ connectionString: superuserUrl.href });
  await superuser.connect();
  const url = (login: Login) => loginUrl(server, login, name);
  const open = (login: Login) => openDatabase({ url: url(login), proxy: server.proxy, maxConnections: 20 });
  const databases = {
    api: open('api'),
    worker: open('worker'),
    system: open('system'),
    consumer: open('consumer'),
    identity: open('identity'),
    owner: open('owner'),
  };
  endings.push(async () => {
    await Promise.all(logins.map((login) => databases[login].close()));
    await superuser.end();
    await admin.query(`drop database ${name} with (force)`);
    await admin.end();
  });
  return { ...databases, url, superuser, proxy: server.proxy, name };
}
