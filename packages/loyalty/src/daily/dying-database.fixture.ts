import type { Database } from '@tributary/db/connection';

/** A database that is gone from its `last`th commit on, which it does not hear any more; and what it heard. */
export function dyingAt(database: Database, last: number) {
  const heard = { statements: 0, commits: 0 };
  const connect = async () => {
    const client = await database.pool.connect();
    const query = (...args: Parameters<typeof client.query>) => {
      const text: unknown = args[0];
      heard.statements += 1;
      if (text === 'commit') heard.commits += 1;
      // A server rolls back what it was told no commit of.
      return heard.commits < last || text === 'rollback' ? client.query(...args) : Promise.reject(new Error('killed'));
    };
    return { query, release: (broken?: boolean) => client.release(broken) };
  };
  const dying = { ...database, pool: { connect } } as unknown as Database;
  return { dying, heard };
}
