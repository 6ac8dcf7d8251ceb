import { withSystem, withTenant } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { type AuditEntry, recordAudit } from '../record.ts';
import { type Chain, openChain } from './chain.fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

const nothingWrong = { findings: [], found: 0 };

describe('the chain of an organization', () => {
  it('is empty before anything was recorded', async () => {
    const chain = await openChain(database);
    expect(await chain.verify()).toEqual({ links: 0, end: null, ...nothingWrong });
  });

  it('has a link for each record, in the order they were made', async () => {
    const chain = await openChain(database);
    await chain.record(['a', 'b', 'c']);
    await chain.record(['d']);
    expect(await chain.reasons()).toEqual(['a', 'b', 'c', 'd']);
    expect(await chain.verify()).toEqual({
      links: 4,
      end: { seq: 4, hash: expect.stringMatching(/^[0-9a-f]{64}$/) },
      ...nothingWrong,
    });
  });

  it('is in the order of commits, whoever began first', async () => {
    const chain = await openChain(database);
    const bound = { database: database.api, orgId: chain.orgId };
    await withTenant(bound, async (tx) => {
      await recordAudit(tx, entry('begun first'));
      await chain.record(['done meanwhile']);
    });
    expect(await chain.reasons()).toEqual(['done meanwhile', 'begun first']);
    expect(await chain.wrong()).toEqual([]);
  });

  it('has no number for what was rolled back', async () => {
    const chain = await openChain(database);
    await chain.record(['a']);
    const failed = withTenant({ database: database.api, orgId: chain.orgId }, async (tx) => {
      await recordAudit(tx, entry('given up'));
      // The number is drawn, and the head is locked.
      await tx.query('set constraints all immediate');
      throw new Error('given up');
    });
    await expect(failed).rejects.toThrow('given up');
    await chain.record(['b']);
    expect(await chain.reasons()).toEqual(['a', 'b']);
    expect(await chain.verify()).toMatchObject({ links: 2, end: { seq: 2 }, ...nothingWrong });
  });

  it.each(['', '01936f3a-0000-7000-8000-00000000000b'])(
    'leaves the organization that is set as it was: %j',
    async (set) => {
      const { orgId } = await openChain(database);
      const seen = await withSystem(database.system, async (tx) => {
        await tx.query(`select set_config('app.org_id', $1, true)`, [set]);
        await recordAudit({ query: tx.query, orgId }, entry('a'));
        await tx.query('set constraints all immediate');
        return tx.query(`select current_setting('app.org_id') as org`);
      });
      expect(seen).toEqual([{ org: set }]);
    },
  );

  it('is made by who works across organizations too, for each of them its own', async () => {
    const chains = [await openChain(database), await openChain(database)];
    await withSystem(database.system, async (tx) => {
      for (const reason of ['a', 'b']) {
        for (const { orgId } of chains) await recordAudit({ query: tx.query, orgId }, entry(reason));
      }
    });
    for (const chain of chains) {
      expect(await chain.reasons()).toEqual(['a', 'b']);
      expect(await chain.wrong()).toEqual([]);
    }
  });

  it.each([
    'quote " backslash \\ slash / tab \t line \n return \r bell \u0007 delete \u007f escape \u001b',
    'Łódź 東京 🦆 \u2028 \u2029 \ufeff \uffff e\u0301',
    "'; drop table audit.links; --",
    '{"a": [1, 2]}',
    '\\u0041 \\\\u0041',
  ])('is computed here as in the database: %j', async (text) => {
    const chain = await openChain(database);
    const numbers = [0, -0, 1.5, 1e21, 1e-7, 5e-324, Number.MAX_SAFE_INTEGER];
    const state = { [text]: text, b: [null, true, text], aa: { numbers }, '': {} };
    await chain.record([text], { actor: text, before: state, after: {}, client: { address: '::1', userAgent: text } });
    await chain.record([text], { client: undefined });
    expect(await chain.verify()).toMatchObject({ links: 2, ...nothingWrong });
  });

  it('is verified page by page', async () => {
    const chain = await openChain(database);
    const reasons = Array.from({ length: 1001 }, (_, index) => `record ${index}`);
    await chain.record(reasons);
    expect(await chain.verify()).toMatchObject({ links: 1001, end: { seq: 1001 }, ...nothingWrong });
    await chain.tamper('update audit.records set reason = $2 where org_id = $1 and reason = $3', 'x', 'record 1000');
    expect(await chain.wrong()).toEqual(['record_changed 1001']);
  });

  it('is verified while it grows', async () => {
    const chain = await openChain(database);
    await chain.records(20);
    const growing = Promise.all(Array.from({ length: 4 }, () => chain.records(25)));
    const verified = [];
    for (let round = 0; round < 10; round += 1) verified.push(await chain.wrong());
    await growing;
    expect(verified.flat()).toEqual([]);
    expect(await chain.verify()).toMatchObject({ links: 120, ...nothingWrong });
  });
});

describe('R10 many at once', () => {
  it('leave no gap, whatever is rolled back between', async () => {
    const chains: Chain[] = [];
    for (let index = 0; index < 4; index += 1) chains.push(await openChain(database));
    const committed = new Map(chains.map(({ orgId }) => [orgId, new Map<number, number>()]));
    const work = async (worker: number) => {
      for (let round = 0; round < 12; round += 1) {
        const chain = chains[(worker + round) % chains.length] as (typeof chains)[number];
        const count = 1 + ((worker * 7 + round) % 5);
        const reasons = Array.from({ length: count }, (_, index) => `${worker} ${round} ${index}`);
        const isRolledBack = (worker + round) % 3 === 0;
        const done = withTenant({ database: database.api, orgId: chain.orgId }, async (tx) => {
          for (const reason of reasons) await recordAudit(tx, entry(reason));
          if (isRolledBack && round % 2 === 0) await tx.query('set constraints all immediate');
          if (isRolledBack) throw new Error('given up');
        });
        await done.catch((error: Error) => {
          if (error.message !== 'given up') throw error;
        });
        const counts = committed.get(chain.orgId) as Map<number, number>;
        if (!isRolledBack) counts.set(worker, (counts.get(worker) ?? 0) + count);
      }
    };
    await Promise.all(Array.from({ length: 16 }, (_, worker) => work(worker)));
    let links = 0;
    for (const chain of chains) {
      const expected = [...(committed.get(chain.orgId) as Map<number, number>).values()].reduce((a, b) => a + b, 0);
      expect(await chain.verify()).toMatchObject({ links: expected, end: { seq: expected }, ...nothingWrong });
      const reasons = await chain.reasons();
      // Records of one transaction follow each other, in their order.
      reasons.forEach((reason, at) => {
        const [worker, round, index] = reason.split(' ').map(Number) as [number, number, number];
        if (index > 0) expect(reasons[at - 1]).toBe(`${worker} ${round} ${index - 1}`);
      });
      links += expected;
    }
    console.info(`audit: ${links} links of 4 organizations by 16 at once, a third rolled back: 0 gaps`);
  });

  it('do not wait for each other in a circle, because the head is locked last', async () => {
    const chain = await openChain(database);
    const bound = { database: database.api, orgId: chain.orgId };
    const recorded = Promise.withResolvers<void>();
    const locked = Promise.withResolvers<void>();
    let attempts = 0;
    const first = withTenant(bound, async (tx) => {
      attempts += 1;
      await recordAudit(tx, entry('first'));
      recorded.resolve();
      await locked.promise;
      await tx.query('select pg_advisory_xact_lock(71)');
    });
    const second = withTenant(bound, async (tx) => {
      attempts += 1;
      await tx.query('select pg_advisory_xact_lock(71)');
      locked.resolve();
      await recorded.promise;
      await recordAudit(tx, entry('second'));
    });
    await Promise.all([first, second]);
    // A deadlock would have been resolved by running one of them again.
    expect(attempts).toBe(2);
    expect(await chain.reasons()).toEqual(['second', 'first']);
  });
});

describe('links and heads', () => {
  const own = `where org_id = $1`;
  const statements = [
    `insert into audit.links (org_id, seq, record_id, formula, hash) select org_id, seq + 1, uuidv7(), 1, hash from audit.links ${own}`,
    `insert into audit.heads (org_id, seq, hash) select org_id, seq, hash from audit.heads ${own}`,
    `update audit.heads set seq = seq + 1 ${own}`,
    `update audit.links set hash = hash ${own}`,
    `delete from audit.links ${own}`,
    `delete from audit.heads ${own}`,
    `select audit.append_link(r) from audit.records r ${own}`,
  ];

  it.each(statements)('are not for who may record: %s', async (statement) => {
    const chain = await openChain(database);
    await chain.record(['a']);
    for (const login of ['api', 'worker', 'system'] as const) {
      const tried = withTenant({ database: database[login], orgId: chain.orgId }, (tx) =>
        tx.query(statement, [chain.orgId]),
      );
      await expect(tried).rejects.toMatchObject({ code: '42501' });
    }
    expect(await chain.wrong()).toEqual([]);
  });

  it.each([
    `update audit.links set hash = hash ${own}`,
    `delete from audit.links ${own}`,
    `update audit.heads set seq = seq ${own}`,
    `update audit.heads set seq = seq - 1 ${own}`,
    `update audit.heads set seq = seq + 2 ${own}`,
    `update audit.heads set org_id = gen_random_uuid(), seq = seq + 1 ${own}`,
    `delete from audit.heads ${own}`,
  ])('refuse it whoever asks: %s', async (statement) => {
    const chain = await openChain(database);
    await chain.record(['a', 'b']);
    await expect(database.superuser.query(statement, [chain.orgId])).rejects.toMatchObject({ code: '42501' });
    expect(await chain.wrong()).toEqual([]);
  });

  it.each(['audit.links', 'audit.heads'])('of all are not removed at once: %s', async (table) => {
    await expect(database.superuser.query(`truncate ${table}`)).rejects.toMatchObject({ code: '42501' });
  });

  it('of others are not seen', async () => {
    const chain = await openChain(database);
    await chain.record(['a']);
    const other = await openChain(database);
    for (const table of ['audit.links', 'audit.heads']) {
      const seen = await withTenant({ database: database.api, orgId: other.orgId }, (tx) =>
        tx.query(`select 1 from ${table}`),
      );
      expect(seen).toEqual([]);
    }
  });
});

function entry(reason: string): AuditEntry {
  return {
    ...{ actor: 'ann', client: undefined, action: 'wallet.freeze', targetType: 'wallet', reason },
    targetId: '01936f3a-0000-7000-8000-000000000003',
  };
}
