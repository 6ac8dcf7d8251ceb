import { randomUUID } from 'node:crypto';
import { neonConfig } from '@neondatabase/serverless';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { sql } from 'drizzle-orm';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Database, openDatabase } from './connection.ts';
import { sqlState } from './sqlstate.ts';
import { systemStatement, type TenantTransaction, type Transaction, withSystem, withTenant } from './transaction.ts';

/** What the driver's connections do: every message they send, and where the wire breaks. */
const wire = { sent: [] as string[], breaks: 0, at: '', lost: 'answer' as 'answer' | 'message' };

/** A connection that dies with the message `wire.at`, or after the server has done what it says and before it could answer. */
class FrailSocket extends WebSocket {
  #answerLost = false;

  constructor(url: string) {
    super(url);
    this.addEventListener('message', (event) => {
      if (!this.#answerLost) return;
      event.stopImmediatePropagation();
      this.close();
    });
  }

  override send(message: Uint8Array<ArrayBuffer>): void {
    const text = Buffer.from(message).toString('latin1');
    wire.sent.push(text);
    const breaks = wire.breaks > 0 && text.includes(wire.at);
    if (breaks) wire.breaks -= 1;
    if (breaks && wire.lost === 'message') this.close();
    else super.send(message);
    this.#answerLost ||= breaks;
  }
}

describe('withTenant', () => {
  const orgId = randomUUID();
  let database: TestDatabase;
  /** Never more than one connection, so that a slot not given back shows at once. */
  let single: Database;
  let runs: number;

  beforeAll(async () => {
    neonConfig.webSocketConstructor = FrailSocket;
    database = await testDatabase();
    await database.superuser.query(
      `create table public.tally (id text primary key, count int not null);
       grant select, insert, update on public.tally to tributary_worker, tributary_system`,
    );
    single = openDatabase({ url: database.url('worker'), proxy: database.proxy, maxConnections: 1 });
    afterAll(() => single.close());
  });
  beforeEach(async () => {
    runs = 0;
    wire.breaks = 0;
    await database.superuser.query(`truncate public.tally; insert into public.tally values ('a', 0), ('b', 0)`);
  });

  const tally = async () => {
    const { rows } = await database.superuser.query('select id, count from public.tally order by id');
    return Object.fromEntries(rows.map(({ id, count }) => [id, count]));
  };
  const add = (tx: Transaction, id = 'a') => tx.query('update public.tally set count = count + 1 where id = $1', [id]);
  const inTenant = <Result>(work: (tx: TenantTransaction) => Promise<Result>) =>
    withTenant({ database: single, orgId }, (tx) => {
      runs += 1;
      return work(tx);
    });
  const kill = async (tx: Transaction) => {
    const [backend] = await tx.query<{ pid: number }>('select pg_backend_pid() as pid');
    await database.superuser.query('select pg_terminate_backend($1, 5000)', [backend?.pid]);
  };
  const breakAt = (at: string, lost: 'answer' | 'message', breaks = 1) => Object.assign(wire, { at, lost, breaks });
  const unavailable = (message: RegExp) => ({
    name: 'AppError',
    code: 'unavailable',
    message: expect.stringMatching(message),
  });

  it('commits what the work did, by statements and by builders, and hands back its result', async () => {
    const result = await inTenant(async (tx) => {
      await add(tx);
      const { rows } = await tx.drizzle.execute(
        sql`select count, current_setting('app.org_id') as org from public.tally where id = 'a'`,
      );
      return { ...rows[0], orgId: tx.orgId };
    });
    expect(result).toEqual({ count: 1, org: orgId, orgId });
    expect(await tally()).toEqual({ a: 1, b: 0 });
  });

  it('rolls back and rethrows what the work threw', async () => {
    const refusal = new Error('no such rule');
    const failing = inTenant(async (tx) => {
      await add(tx);
      throw refusal;
    });
    await expect(failing).rejects.toBe(refusal);
    expect(await tally()).toEqual({ a: 0, b: 0 });
    expect(runs).toBe(1);
  });

  it('does not report success when the work swallowed a failed statement', async () => {
    const swallowing = inTenant(async (tx) => {
      await add(tx);
      await tx.query('select 1 / 0').catch(() => undefined);
    });
    await expect(swallowing).rejects.toThrow(/was rolled back/);
    expect(await tally()).toEqual({ a: 0, b: 0 });
  });

  it('runs the work again when the backend dies in the middle, with one effect', async () => {
    await inTenant(async (tx) => {
      await add(tx);
      if (runs === 1) await kill(tx);
      await add(tx, 'b');
    });
    expect(runs).toBe(2);
    expect(await tally()).toEqual({ a: 1, b: 1 });
  });

  it('lets the work’s own error through when the connection died before it', async () => {
    const refusal = new Error('no such rule');
    const failing = inTenant(async (tx) => {
      await kill(tx);
      throw refusal;
    });
    await expect(failing).rejects.toBe(refusal);
    expect(await inTenant((tx) => tx.query('select 1 as one'))).toEqual([{ one: 1 }]);
  });

  it('runs the work again after a serialization failure', async () => {
    const url = `${database.url('worker')}?options=${encodeURIComponent('-c default_transaction_isolation=repeatable\\ read')}`;
    const repeatable = openDatabase({ url, proxy: database.proxy });
    const states: unknown[] = [];
    await withTenant({ database: repeatable, orgId }, async (tx) => {
      await tx.query('select count from public.tally');
      if (states.length === 0) await database.superuser.query('update public.tally set count = 10');
      await add(tx).catch((error) => {
        states.push(sqlState(error));
        throw error;
      });
    });
    expect(states).toEqual(['40001']);
    expect(await tally()).toEqual({ a: 11, b: 10 });
    await repeatable.close();
  });

  it('runs the loser of a deadlock again', async () => {
    const states: unknown[] = [];
    const locked = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
    const crossing = (own: 0 | 1, first: string, second: string) =>
      withTenant({ database: database.worker, orgId }, async (tx) => {
        await add(tx, first);
        locked[own].resolve();
        await locked[own === 0 ? 1 : 0].promise;
        await add(tx, second).catch((error) => {
          states.push(sqlState(error));
          throw error;
        });
      });
    await Promise.all([crossing(0, 'a', 'b'), crossing(1, 'b', 'a')]);
    expect(states).toEqual(['40P01']);
    expect(await tally()).toEqual({ a: 2, b: 2 });
  });

  it('does not run the work again after a violated constraint', async () => {
    const violating = inTenant((tx) => tx.query(`insert into public.tally values ('a', 0)`));
    await expect(violating).rejects.toMatchObject({ code: '23505' });
    expect(runs).toBe(1);
  });

  it('says unavailable, and does not run again, when COMMIT was done and its answer lost', async () => {
    breakAt('commit', 'answer');
    await expect(inTenant(add)).rejects.toMatchObject(unavailable(/outcome .* unknown/));
    expect(runs).toBe(1);
    await vi.waitFor(async () => expect(await tally()).toEqual({ a: 1, b: 0 }));
  });

  it('says the same when COMMIT never arrived', async () => {
    breakAt('commit', 'message');
    await expect(inTenant(add)).rejects.toMatchObject(unavailable(/outcome .* unknown/));
    expect(runs).toBe(1);
    expect(await tally()).toEqual({ a: 0, b: 0 });
  });

  it.each(['answer', 'message'] as const)('begins again when the %s of BEGIN is lost', async (lost) => {
    breakAt('begin;', lost);
    await inTenant(add);
    expect(wire.breaks).toBe(0);
    expect(runs).toBe(1);
    expect(await tally()).toEqual({ a: 1, b: 0 });
  });

  it('gives up after five failed BEGINs and keeps no slot of the pool', async () => {
    breakAt('begin;', 'answer', Number.POSITIVE_INFINITY);
    wire.sent = [];
    await expect(inTenant(add)).rejects.toMatchObject(unavailable(/not reachable/));
    expect(wire.sent.filter((message) => message.includes('begin;'))).toHaveLength(5);
    wire.breaks = 0;
    await inTenant(add);
    expect(runs).toBe(1);
    expect(single.pool).toMatchObject({ totalCount: 1, idleCount: 1, waitingCount: 0 });
  });

  it('survives the death of an idle backend', async () => {
    const [backend] = await inTenant((tx) => tx.query<{ pid: number }>('select pg_backend_pid() as pid'));
    await database.superuser.query('select pg_terminate_backend($1, 5000)', [backend?.pid]);
    await vi.waitFor(() => expect(single.pool.totalCount).toBe(0));
    await inTenant(add);
    expect(await tally()).toEqual({ a: 1, b: 0 });
  });

  it('takes two messages of its own: begin with the organization, and commit', async () => {
    await inTenant(async () => undefined);
    wire.sent = [];
    await inTenant(async () => undefined);
    expect(wire.sent).toEqual([
      expect.stringMatching(/^Q.*begin; select set_config\(/s),
      expect.stringMatching(/^Q.*commit/s),
    ]);
  });

  it.each(['', 'x', `${orgId}'; drop table public.tally; --`, orgId.toUpperCase()])(
    'refuses %j for an organization',
    (text) => {
      wire.sent = [];
      expect(() => withTenant({ database: single, orgId: text }, add)).toThrow(TypeError);
      expect(wire.sent).toEqual([]);
    },
  );

  it('withSystem runs the work again too, bound to no organization', async () => {
    const settings = await withSystem(database.system, async (tx) => {
      runs += 1;
      await add(tx);
      if (runs === 1) await kill(tx);
      return tx.query(`select nullif(current_setting('app.org_id', true), '') as org`);
    });
    expect(settings).toEqual([{ org: null }]);
    expect(await tally()).toEqual({ a: 1, b: 0 });
  });

  it('systemStatement runs again when its answer is lost, so twice', async () => {
    breakAt('returning count', 'answer');
    const statement = `update public.tally set count = count + 1 where id = $1 returning count`;
    expect(await systemStatement(database.system, statement, ['b'])).toEqual([{ count: 2 }]);
  });
});
