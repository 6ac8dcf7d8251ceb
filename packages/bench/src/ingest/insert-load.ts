import { hash } from 'node:crypto';
import { type Database, openDatabase } from '@tributary/db/connection';
import { type Transaction, withTenant } from '@tributary/db/transaction';
import { answer } from '../child.ts';

export interface InsertQuestion {
  /** `delivery`: the 2 KB of a delivery, as storing each by itself would. `smallest`: forty bytes, the least there is. */
  row: 'delivery' | 'smallest';
  url: string;
  proxy: string;
  orgId: string;
  /** Makes the rows of this run differ from those of others. */
  name: string;
  count: number;
  concurrency: number;
}

const databases = new Map<string, Database>();

const body = Buffer.alloc(2048, 'x');

function insert(tx: Transaction, { row, orgId, name }: InsertQuestion, index: number): Promise<unknown> {
  if (row === 'smallest') {
    return tx.query('insert into loyalty.customers (org_id) values ($1)', [orgId]);
  }
  return tx.query(
    `insert into inbox.deliveries (provider, sha256, received_at, url, headers, body, status)
     values ('square', $1, now(), 'https://hooks.example.com', '{}', $2, 'routed')`,
    [hash('sha256', `${name}-${index}`, 'buffer'), body],
  );
}

/** One row per transaction, `concurrency` at a time: the least a worker could do per delivery. @returns ms. */
answer<InsertQuestion>(async (question): Promise<number> => {
  const { url, proxy, orgId, count, concurrency } = question;
  const database = databases.get(url) ?? openDatabase({ url, proxy, maxConnections: concurrency });
  databases.set(url, database);
  let next = 0;
  const insertSome = async () => {
    for (let index = next++; index < count; index = next++) {
      await withTenant({ database, orgId }, (tx) => insert(tx, question, index));
    }
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: concurrency }, insertSome));
  return performance.now() - started;
});
