import { AsyncLocalStorage } from 'node:async_hooks';
import type { Database } from '@tributary/db/connection';
import { type Transaction, withSystem } from '@tributary/db/transaction';
import { drizzle } from 'drizzle-orm/neon-serverless';

/** One transaction around all that the library and we do for a request. */
interface Scope {
  readonly tx: Transaction;
  readonly waiting: (() => Promise<void>)[];
  savepoints: number;
  /** Of the user that was made in it, if one was. */
  newUserId: string | null;
}

// The library takes its database once, at the start: this is how the transaction of a request reaches it.
const scopes = new AsyncLocalStorage<Scope>();

/** The scope the library calls us back in. */
export function currentScope(): Scope {
  const scope = scopes.getStore();
  if (!scope) throw new Error('the library was called outside of a transaction of ours');
  return scope;
}

/** Runs `work` once the transaction has committed: what leaves the process must not be said of what was undone. */
export function afterCommit(work: () => Promise<void>): void {
  currentScope().waiting.push(work);
}

/**
 * Runs `work` in one transaction, which the library then uses too, and again from the start when the database asks for it. A refusal must
 * be returned and not thrown, or what the library counted of it (wrong codes) is undone.
 */
export async function inOneTransaction<Result>(
  database: Database,
  work: (tx: Transaction) => Promise<Result>,
): Promise<Result> {
  let waiting: Scope['waiting'] = [];
  const result = await withSystem(database, (tx) => {
    waiting = [];
    return scopes.run({ tx, waiting, savepoints: 0, newUserId: null }, () => work(tx));
  });
  for (const send of waiting) await send();
  return result;
}

/** What the library takes for its Drizzle database: the transaction of the request, and savepoints for its own. */
export function libraryDatabase(database: Database): object {
  const pooled = drizzle(database.pool);
  return new Proxy(pooled, {
    get(target, key) {
      if (key === 'transaction') return inSavepoint;
      const asked: object = scopes.getStore()?.tx.drizzle ?? target;
      const value: unknown = Reflect.get(asked, key);
      return typeof value === 'function' ? value.bind(asked) : value;
    },
  });
}

async function inSavepoint(work: (db: unknown) => Promise<unknown>): Promise<unknown> {
  const scope = currentScope();
  scope.savepoints += 1;
  const name = `library_${scope.savepoints}`;
  await scope.tx.query(`savepoint ${name}`);
  try {
    const result = await work(scope.tx.drizzle);
    await scope.tx.query(`release savepoint ${name}`);
    return result;
  } catch (error) {
    await scope.tx.query(`rollback to savepoint ${name}`);
    throw error;
  }
}
