import { join } from 'node:path';
import { openDatabase } from '@tributary/db/connection';
import { withTenant } from '@tributary/db/transaction';
import { functions as specs } from '@tributary/infra/topology';
import { type Bundle, bundleFunctions, projectRoot } from '@tributary/local/bundle';
import type { Surroundings } from '@tributary/local/function-environment';
import { startKms } from '@tributary/local/kms';
import { startNeonProxy } from '@tributary/local/neon-proxy';
import { startPostgres } from '@tributary/local/postgres';
import { createOwnerAndDatabase, newPasswords } from '@tributary/local/roles';
import { startSes } from '@tributary/local/ses';
import type { Shutdown } from '@tributary/local/shutdown';
import { startSqs } from '@tributary/local/sqs';
import { createFunctions } from '@tributary/local/stack-functions';
import { type Services, surroundingsOf } from '@tributary/local/stack-services';
import { activateRule } from '@tributary/loyalty/rule/activate-rule';
import { createRule } from '@tributary/loyalty/rule/create-rule';
import { startSquareSandbox } from '@tributary/sandbox/square/start';
import { countWire, type WireCount } from './wire-count.ts';

export const accountRef = 'bench-merchant';
/** Another merchant of the organization: we hold its token, and so ask what its payments' orders say. */
export const openAccountRef = 'bench-open-merchant';

export interface Stage {
  services: Services;
  bundles: readonly Bundle[];
  around: Surroundings;
  /** A second way to the same database that counts what passes; slower for it. */
  counted: { around: Surroundings; wire: WireCount };
  orgId: string;
  square: Awaited<ReturnType<typeof startSquareSandbox>>;
}

/** PostgreSQL that syncs every commit, SQS in memory, the driver's proxy, and one organization with a rule and its merchants. */
export async function setUpStage(folder: string, shutdown: Shutdown, log: (line: string) => void): Promise<Stage> {
  const { queuesIngest, opsMigrate, opsConnect } = specs;
  const bundles = await bundleFunctions(projectRoot, join(folder, 'build'), { queuesIngest, opsMigrate, opsConnect });
  const services = await startDurableServices(folder, shutdown);
  const square = await startSquareSandbox({ merchants: [{ id: openAccountRef }] });
  shutdown.add('square', () => square.stop());
  const settings = { SQUARE_ENVIRONMENT: square.url };
  const around = surroundingsOf({ dataDir: folder, log, settings }, folder, services, 'http://127.0.0.1:9');
  const setUp = createFunctions(bundles, around, log);
  try {
    await setUp.call('opsMigrate', {});
    const request = { organization: { name: 'bench' }, provider: 'square', accountRef };
    const { orgId } = (await setUp.call('opsConnect', request)) as { orgId: string };
    const { accessToken } = square.authorize(openAccountRef);
    const opened = { organization: { id: orgId }, provider: 'square', accountRef: openAccountRef, accessToken };
    await setUp.call('opsConnect', opened);
    await activateOnePointPerDollar(around, orgId);
    const counted = await countingWay(services, around, shutdown);
    return { services, bundles, around, counted, orgId, square };
  } finally {
    await setUp.stop();
  }
}

async function startDurableServices(folder: string, shutdown: Shutdown): Promise<Services> {
  const postgres = await startPostgres({ dataDir: join(folder, 'postgres'), fsync: true });
  shutdown.add('postgres', () => postgres.stop());
  const passwords = newPasswords();
  await createOwnerAndDatabase(postgres.superuserUrl, passwords.owner);
  const proxy = await startNeonProxy({ postgresPort: postgres.port });
  shutdown.add('neon proxy', () => proxy.stop());
  const sqs = await startSqs();
  shutdown.add('sqs', () => sqs.stop());
  const kms = await startKms({ keyFile: join(folder, 'kms.json') });
  shutdown.add('kms', () => kms.stop());
  const ses = await startSes();
  shutdown.add('ses', () => ses.stop());
  return { postgres, passwords, proxy, sqs, kms, ses };
}

async function activateOnePointPerDollar(around: Surroundings, orgId: string): Promise<void> {
  const database = openDatabase({ url: around.databaseUrl('api'), proxy: around.neonProxy });
  try {
    await withTenant({ database, orgId }, async (tx) => {
      const { id: ruleId } = await createRule({ tx, actor: 'bench' }, { config: { conversionRate: 1 } });
      await activateRule({ tx, actor: 'bench' }, { ruleId, effectiveFrom: '2020-01-01T00:00:00Z' });
    });
  } finally {
    await database.close();
  }
}

async function countingWay({ postgres }: Services, around: Surroundings, shutdown: Shutdown) {
  const wire = await countWire(postgres.port);
  shutdown.add('wire count', () => wire.stop());
  const proxy = await startNeonProxy({ postgresPort: wire.port });
  shutdown.add('counted neon proxy', () => proxy.stop());
  return { wire, around: { ...around, neonProxy: proxy.url } };
}
