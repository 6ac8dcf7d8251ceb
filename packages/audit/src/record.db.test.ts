import { randomUUID } from 'node:crypto';
import { showId } from '@tributary/core/ids';
import { withTenant } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, describe, expect, it } from 'vitest';
import { listRecords } from './list-records.ts';
import { type AuditEntry, recordAudit } from './record.ts';

describe('the audit', () => {
  let database: TestDatabase;
  let orgId: string;
  beforeAll(async () => {
    database = await testDatabase();
    orgId = await createOrganization(database);
  });

  const walletId = randomUUID();
  const freeze = (change: Partial<AuditEntry> = {}): AuditEntry => ({
    actor: 'ann',
    client: { address: '203.0.113.7', userAgent: 'Mozilla/5.0' },
    action: 'wallet.freeze',
    targetType: 'wallet',
    targetId: walletId,
    reason: 'lost card',
    before: { status: 'active' },
    after: { status: 'frozen' },
    ...change,
  });
  const record = (entries: AuditEntry | AuditEntry[], org = orgId) =>
    withTenant({ database: database.api, orgId: org }, async (tx) => {
      for (const entry of [entries].flat()) await recordAudit(tx, entry);
    });
  const list = async (wanted: Partial<Parameters<typeof listRecords>[1]> = {}, org = orgId) =>
    listRecords({ database: database.api, orgId: org }, { limit: 100, ...wanted });

  it('S1-122 to S1-130 tells who did what to what, why, what it was and what it is', async () => {
    const org = await createOrganization(database);
    await record(freeze(), org);
    const [found] = await list({}, org);
    const { id, createdAt, ...said } = found?.item ?? { id: '', createdAt: '' };
    expect(said).toEqual({
      actor: 'ann',
      action: 'wallet.freeze',
      targetType: 'wallet',
      targetId: showId('wallet', walletId),
      reason: 'lost card',
      before: { status: 'active' },
      after: { status: 'frozen' },
      ip: '203.0.113.7',
      userAgent: 'Mozilla/5.0',
    });
    expect(id).toMatch(/^aud_/);
    expect(Number.isNaN(Date.parse(createdAt))).toBe(false);
  });

  it('leaves out what an action does not have', async () => {
    const org = await createOrganization(database);
    await record(
      { actor: 'ann', client: undefined, action: 'tiers.configure', targetType: 'organization', targetId: org },
      org,
    );
    expect((await list({}, org)).map(({ item }) => item)).toMatchObject([
      {
        targetId: showId('organization', org),
        ...{ reason: null, before: null, after: null, ip: null, userAgent: null },
      },
    ]);
  });

  it('is written with what it tells of, or not at all', async () => {
    const org = await createOrganization(database);
    const failed = withTenant({ database: database.api, orgId: org }, async (tx) => {
      await recordAudit(tx, freeze());
      throw new Error('given up');
    });
    await expect(failed).rejects.toThrow('given up');
    expect(await list({}, org)).toEqual([]);
  });

  it.each<[where: string, Partial<AuditEntry>]>([
    ['under a name that says so, before', { before: { apiKey: 'canary-of-a-secret' } }],
    [
      'under one deep inside, after',
      { after: { provider: 'square', grants: [{ accessToken: 'canary-of-a-secret' }] } },
    ],
    ['in a text, after', { after: { note: 'use trb_live_canary-of-a-secret' } }],
    ['in the reason', { reason: 'rotated trb_live_canary-of-a-secret' }],
  ])('holds no secret %s: what would tell it is undone', async (_where, change) => {
    const org = await createOrganization(database);
    const tried = record([freeze(), freeze(change)], org);
    const error = await tried.then(
      () => null,
      (thrown: unknown) => thrown,
    );
    expect(error).toBeInstanceOf(Error);
    expect(String(error)).not.toContain('canary-of-a-secret');
    expect(await list({}, org)).toEqual([]);
  });

  describe.each(['update audit.records set actor = actor', 'delete from audit.records', 'truncate audit.records'])(
    'S1-120 S1-143 is for ever: %s',
    (statement) => {
      it.each(['api', 'worker'] as const)('is not for the %s login', async (login) => {
        await record(freeze());
        const tried = withTenant({ database: database[login], orgId }, (tx) => tx.query(statement));
        await expect(tried).rejects.toMatchObject({ code: '42501' });
      });

      it('is refused whoever asks', async () => {
        await record(freeze());
        await expect(database.superuser.query(statement)).rejects.toMatchObject({ code: '42501' });
      });
    },
  );

  it('is told by who did it, and by what it was done to', async () => {
    const org = await createOrganization(database);
    const other = randomUUID();
    await record([freeze(), freeze({ actor: 'bob' }), freeze({ targetId: other })], org);
    const told = async (wanted: Parameters<typeof list>[0]) =>
      (await list(wanted, org)).map(({ item }) => [item.actor, item.targetId]);
    const [first, second] = [showId('wallet', walletId), showId('wallet', other)];
    expect(await told({ actor: 'bob' })).toEqual([['bob', first]]);
    expect(await told({ targetId: second })).toEqual([['ann', second]]);
    expect(await told({ actor: 'bob', targetId: second })).toEqual([]);
    // The same UUID as another kind of thing is another thing.
    expect(await told({ targetId: showId('customer', other) })).toEqual([]);
  });

  it.each(['pst_01h455vb4pex5vsknk084sn02q', 'wal_x', 'wal_8zzzzzzzzzzzzzzzzzzzzzzzzz', ''])(
    'refuses %j as the id of what it was done to',
    async (targetId) => {
      await expect(list({ targetId })).rejects.toMatchObject({ code: 'validation_failed' });
    },
  );

  it('is read page by page, the newest first, and each record once', async () => {
    const org = await createOrganization(database);
    await record(
      Array.from({ length: 7 }, (_, index) => freeze({ actor: `actor ${index}` })),
      org,
    );
    const seen: string[] = [];
    let after: string | undefined;
    do {
      const page = await list({ limit: 3, ...(after && { after }) }, org);
      seen.push(...page.map(({ item }) => item.actor));
      after = page.at(-1)?.position;
    } while (after);
    expect(seen).toEqual([6, 5, 4, 3, 2, 1, 0].map((index) => `actor ${index}`));
  });

  it('of others is not seen', async () => {
    await record(freeze());
    expect(await list({}, await createOrganization(database))).toEqual([]);
  });
});
