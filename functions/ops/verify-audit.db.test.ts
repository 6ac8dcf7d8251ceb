import { randomUUID } from 'node:crypto';
import { recordAudit } from '@tributary/audit/record';
import { withTenant } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

describe('the audit', () => {
  let database: TestDatabase;
  let anchor: typeof import('../crons/anchor.ts').handler;
  let verifyAudit: typeof import('./verify-audit.ts').handler;
  const lines: string[] = [];

  beforeAll(async () => {
    database = await testDatabase();
    const links = {
      App: { name: 'tributary', stage: 'test' },
      DatabaseSystem: { url: database.url('system') },
      DatabaseWorker: { url: database.url('worker') },
    };
    vi.stubEnv('SST_RESOURCES_JSON', JSON.stringify(links));
    vi.stubEnv('NEON_LOCAL_PROXY', database.proxy);
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => lines.push(String(text)) > 0);
    ({ handler: anchor } = await import('../crons/anchor.ts'));
    ({ handler: verifyAudit } = await import('./verify-audit.ts'));
  });
  afterAll(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  const inTime = { getRemainingTimeInMillis: () => 900_000 };
  const logged = (event: string) => lines.map((line) => JSON.parse(line)).filter((line) => line.event === event);

  async function recordedBy(count: number): Promise<string> {
    const orgId = await createOrganization(database);
    await withTenant({ database: database.api, orgId }, async (tx) => {
      for (let index = 0; index < count; index += 1) {
        const what = { action: 'wallet.freeze', targetType: 'wallet', targetId: randomUUID() } as const;
        await recordAudit(tx, { actor: 'ann', client: undefined, ...what });
      }
    });
    return orgId;
  }

  it('is written down outside the database, and missed there when its end is cut off', async () => {
    const [kept, cut] = [await recordedBy(2), await recordedBy(3)];
    expect(await anchor()).toEqual({ heads: 2 });
    const anchors = logged('audit_anchor');
    expect(anchors.map(({ orgId, seq }) => [orgId, seq])).toEqual(
      [kept, cut].sort().map((id) => [id, id === kept ? 2 : 3]),
    );
    expect(await verifyAudit({ anchors }, inTime)).toEqual({ organizations: 2, links: 5, broken: [], next: null });

    const { superuser } = database;
    await superuser.query('set session_replication_role = replica');
    await superuser.query('delete from audit.links where org_id = $1 and seq = 3', [cut]);
    await superuser.query(
      'delete from audit.records where org_id = $1 and id not in (select record_id from audit.links)',
      [cut],
    );
    await superuser.query(
      'update audit.heads h set seq = 2, hash = (select hash from audit.links l where l.org_id = h.org_id and l.seq = 2) where org_id = $1',
      [cut],
    );
    await superuser.query('reset session_replication_role');
    expect(await verifyAudit({}, inTime)).toMatchObject({ broken: [] });
    const findings = [{ kind: 'anchor_missing', seq: 3, recordId: null }];
    expect(await verifyAudit({ anchors }, inTime)).toMatchObject({ broken: [{ orgId: cut, findings }], next: null });
    expect(logged('audit_verified').map(({ level, broken }) => [level, broken])).toEqual([
      ['INFO', 0],
      ['INFO', 0],
      ['ERROR', 1],
    ]);
    expect(await verifyAudit({ orgId: cut, anchors }, inTime)).toMatchObject({ links: 2, findings, found: 1 });
    expect(await verifyAudit({ orgId: kept, anchors }, inTime)).toMatchObject({ links: 2, findings: [], found: 0 });
  });

  it('is verified as far as the time goes, and from there on', async () => {
    const outOfTime = { getRemainingTimeInMillis: () => 59_000 };
    const part = await verifyAudit({}, outOfTime);
    expect(part).toMatchObject({ organizations: 1, next: expect.any(String) });
    const rest = await verifyAudit({ after: (part as { next: string }).next }, inTime);
    expect(rest).toMatchObject({ organizations: 1, next: null });
  });
});
