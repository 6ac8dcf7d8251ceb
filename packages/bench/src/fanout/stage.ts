import { type Database, openDatabase } from '@tributary/db/connection';
import { startNeonProxy } from '@tributary/local/neon-proxy';
import type { Shutdown } from '@tributary/local/shutdown';
import { type LocalSqs, region, startSqs } from '@tributary/local/sqs';
import pg from 'pg';
import { countWire, type WireCount } from '../ingest/wire-count.ts';
import { startMigrated } from '../migrated.ts';

export interface Stage {
  /** As the cron has it. */
  system: Database;
  /** What the system login's connections were answered. */
  wire: WireCount;
  sqs: LocalSqs;
  /** Empties the queue, and has so many connections of so many organizations due since then. */
  makeDue(count: number, at: Date): Promise<void>;
  /** How many are due no more. */
  claimed(at: Date): Promise<number>;
}

const organizations = 500;

/** PostgreSQL that syncs every commit, with the schema of today, and an SQS beside it. */
export async function openStage(folder: string, shutdown: Shutdown): Promise<Stage> {
  const { superuserUrl } = await startMigrated(folder, shutdown, {
    fsync: true,
    flags: { autovacuum: 'off', max_wal_size: '8GB', checkpoint_timeout: '30min', shared_buffers: '512MB' },
  });
  const superuser = new pg.Client({ connectionString: superuserUrl });
  await superuser.connect();
  shutdown.add('a connection of the bench', () => superuser.end());
  await superuser.query(`alter role tributary_system password 'bench'`);
  await superuser.query(
    `insert into identity.organizations (name, plan) select 'bench', 'enterprise' from generate_series(1, $1)`,
    [organizations],
  );
  const wire = await countWire(Number(new URL(superuserUrl).port));
  shutdown.add('the count', () => wire.stop());
  const proxy = await startNeonProxy({ postgresPort: wire.port });
  shutdown.add('proxy', () => proxy.stop());
  const url = Object.assign(new URL(superuserUrl), { username: 'tributary_system', password: 'bench' }).href;
  const system = openDatabase({ url, proxy: proxy.url });
  shutdown.add('the system’s connections', () => system.close());
  const sqs = await startQueue(shutdown);
  return { system, wire, sqs, ...createDue(superuser, sqs) };
}

async function startQueue(shutdown: Shutdown): Promise<LocalSqs> {
  const sqs = await startSqs();
  shutdown.add('sqs', () => sqs.stop());
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SQS: sqs.url,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
  });
  return sqs;
}

function createDue(superuser: pg.Client, sqs: LocalSqs): Pick<Stage, 'makeDue' | 'claimed'> {
  return {
    async makeDue(count, at) {
      await superuser.query('delete from sync.connections');
      await superuser.query('vacuum sync.connections');
      await superuser.query(
        `insert into sync.connections (org_id, provider, account_ref, next_run_at, priority)
         select o.id, 'square', n, $2::timestamptz - make_interval(secs => n % 60), 0
         from generate_series(1, $1::int) n
         join (select id, row_number() over (order by id) as place from identity.organizations) o on o.place = 1 + n % $3`,
        [count, at, organizations],
      );
      await superuser.query('analyze sync.connections');
      const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.PurgeQueue' };
      const body = JSON.stringify({ QueueUrl: sqs.queueUrl('sync') });
      const purged = await fetch(sqs.url, { method: 'POST', headers, body });
      if (!purged.ok) throw new Error(`the queue was not emptied: ${purged.status}`);
    },
    async claimed(at) {
      const { rows } = await superuser.query<{ count: string }>(
        'select count(*) as count from sync.connections where next_run_at > $1',
        [at],
      );
      return Number(rows[0]?.count);
    },
  };
}
