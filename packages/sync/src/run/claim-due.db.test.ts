import { withSystem } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../connection/connect.ts';
import { claimDue } from './claim-due.ts';

const now = new Date('2026-11-21T12:00:00Z');
const minute = 60_000;

interface Kind {
  provider?: 'square' | 'clover' | 'xero';
  status?: string;
}

const intervals = { square: 15 * minute, xero: 60 * minute };

describe('connections that are due', () => {
  let database: TestDatabase;
  let orgId: string;
  beforeAll(async () => {
    database = await testDatabase();
    orgId = await createOrganization(database);
  });
  afterEach(async () => {
    await database.superuser.query('update sync.connections set next_run_at = null');
  });

  let opened = 0;
  async function due(at: Date | null, { provider = 'square', status = 'active' }: Kind = {}): Promise<string> {
    opened += 1;
    const account = { orgId, provider, accountRef: `account ${opened}` };
    const { connectionId } = await withSystem(database.system, (tx) => connect(tx, account));
    await database.superuser.query('update sync.connections set next_run_at = $2, status = $3 where id = $1', [
      connectionId,
      at,
      status,
    ]);
    return connectionId;
  }
  const claim = (atMost = 500, at = now) => claimDue(database.system, { now: at, intervals, atMost });
  const ago = (minutes: number) => new Date(now.getTime() - minutes * minute);

  it('are claimed once by twenty who look at the same moment', async () => {
    const ids = [];
    for (let connection = 0; connection < 100; connection += 1) ids.push(await due(ago(connection)));
    const claimed = await Promise.all(Array.from({ length: 20 }, () => claim(10)));
    expect(
      claimed
        .flat()
        .map(({ connectionId }) => connectionId)
        .sort(),
    ).toEqual(ids.sort());
    expect(await claim()).toEqual([]);
  });

  it('are not those of a later time, of none, of another status, or of a provider that is not pulled from', async () => {
    await due(new Date(now.getTime() + 1));
    await due(null);
    await due(ago(1), { status: 'needs_reconnect' });
    await due(ago(1), { provider: 'clover' });
    const connectionId = await due(now);
    expect(await claim()).toEqual([{ orgId, connectionId }]);
  });

  it('are not those of a suspended organization: they stay due, and are claimed once it is back', async () => {
    const connectionId = await due(ago(1));
    const setStatus = (status: string) =>
      database.superuser.query('update identity.organizations set status = $2 where id = $1', [orgId, status]);
    await setStatus('suspended');
    expect(await claim()).toEqual([]);
    await setStatus('active');
    expect(await claim()).toEqual([{ orgId, connectionId }]);
  });

  it('are claimed longest due first', async () => {
    const [late, later] = [await due(ago(2)), await due(ago(1))];
    expect(await claim(1)).toMatchObject([{ connectionId: late }]);
    expect(await claim(1)).toMatchObject([{ connectionId: later }]);
  });

  it('come back after their provider’s interval, a tenth more or less, each at a time of its own', async () => {
    for (let connection = 0; connection < 40; connection += 1) await due(now);
    const slow = await due(now, { provider: 'xero' });
    await claim();
    const { rows } = await database.superuser.query(
      'select id, next_run_at from sync.connections where next_run_at is not null',
    );
    const waits = rows.map(
      ({ id, next_run_at: at }) => (at.getTime() - now.getTime()) / (id === slow ? 60 : 15) / minute,
    );
    for (const share of waits) expect(share).toSatisfy((part: number) => part >= 0.9 && part <= 1.1);
    expect(new Set(waits).size).toBeGreaterThan(35);
    expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(0.1);
  });
});
