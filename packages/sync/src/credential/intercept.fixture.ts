import type { Database } from '@tributary/db/connection';

/** What stands between a transaction and its connection: runs the statement, before or after whatever else it does, or not at all. */
export type Around = (statement: string, run: () => Promise<unknown>) => Promise<unknown>;

/** The same database, each statement of whose transactions goes through `around`. */
export function intercept(database: Database, around: Around): Database {
  const connect = async () => {
    const client = await database.pool.connect();
    const query = (...words: Parameters<typeof client.query>) => {
      const asked = words[0] as unknown as string | { text: string };
      return around(typeof asked === 'string' ? asked : asked.text, async () => client.query(...words));
    };
    return new Proxy(client, { get: (held, name) => (name === 'query' ? query : bound(held, name)) });
  };
  const pool = new Proxy(database.pool, { get: (held, name) => (name === 'connect' ? connect : bound(held, name)) });
  return { ...database, pool };
}

function bound<Held extends object>(held: Held, name: string | symbol): unknown {
  const member = Reflect.get(held, name);
  return typeof member === 'function' ? member.bind(held) : member;
}
