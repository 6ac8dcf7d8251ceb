import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Chain, openChain } from './chain.fixture.ts';
import { verifyChains } from './verify-chains.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

async function openWithFive(): Promise<Chain> {
  const chain = await openChain(database);
  await chain.records(5);
  return chain;
}

describe('the chains of all', () => {
  const verify = (
    wanted: { anchors?: Awaited<ReturnType<Chain['anchor']>>[]; after?: string | null } = {},
    goOn = 1e9,
  ) => {
    let asked = 0;
    const mayGoOn = () => {
      asked += 1;
      return asked <= goOn;
    };
    return verifyChains({ ...database, mayGoOn }, { anchors: [], after: null, ...wanted });
  };

  it('are verified, and those that are broken are named', async () => {
    const broken = await openWithFive();
    await broken.tamper('delete from audit.records where org_id = $1 and reason = $2', 'record 2');
    const gone = await openWithFive();
    const anchor = await gone.anchor();
    for (const table of ['records', 'links', 'heads'])
      await gone.tamper(`delete from audit.${table} where org_id = $1`);
    await gone.tamper('delete from identity.organizations where id = $1');
    const { broken: found, next } = await verify({ anchors: [anchor] });
    expect(next).toBe(null);
    const kinds = found.map(({ orgId, findings }) => [orgId, findings.map(({ kind }) => kind)]);
    expect(kinds).toContainEqual([broken.orgId, ['record_missing']]);
    expect(kinds).toContainEqual([gone.orgId, ['anchor_missing']]);
  });

  it('are verified a part at a time, each once', async () => {
    await openWithFive();
    const { organizations: all, links: allLinks } = await verify();
    let [organizations, links, next] = [0, 0, null as string | null];
    do {
      const part = await verify({ after: next }, 3);
      organizations += part.organizations;
      links += part.links;
      next = part.next;
    } while (next !== null);
    expect([organizations, links]).toEqual([all, allLinks]);
  });
});
