import type { Shutdown } from '@tributary/local/shutdown';
import pg from 'pg';
import { startMigrated } from '../migrated.ts';

export interface Stage {
  /** Of the login of the API. */
  url: string;
  proxy: string;
  /** Ids of new organizations on a plan. */
  organizations(count: number, plan: 'free' | 'enterprise'): Promise<string[]>;
}

/** A migrated database behind the driver's proxy. */
export async function setUpStage(folder: string, shutdown: Shutdown): Promise<Stage> {
  const { apiUrl, superuserUrl, proxy } = await startMigrated(folder, shutdown, { fsync: false });
  const superuser = new pg.Client({ connectionString: superuserUrl });
  await superuser.connect();
  shutdown.add('superuser', () => superuser.end());
  return {
    url: apiUrl,
    proxy,
    async organizations(count, plan) {
      const { rows } = await superuser.query(
        `insert into identity.organizations (name, plan) select 'org ' || n, $2 from generate_series(1, $1::int) n returning id`,
        [count, plan],
      );
      return rows.map(({ id }) => id as string);
    },
  };
}
