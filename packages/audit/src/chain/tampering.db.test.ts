import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Chain, openChain } from './chain.fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

/** Five records, each in a transaction of its own. */
async function fiveRecords(): Promise<Chain> {
  const chain = await openChain(database);
  await chain.records(5);
  expect(await chain.wrong()).toEqual([]);
  return chain;
}

const record = (seq: number) =>
  `org_id = $1 and id = (select record_id from audit.links where org_id = $1 and seq = ${seq})`;
const other = `(select id from identity.organizations where id <> $1 limit 1)`;

/** What somebody who is above every wall of the database may do to it, and what is found then. */
const tampered: [what: string, statements: string[], found: string[]][] = [
  ['another actor', [`update audit.records set actor = 'bob' where ${record(3)}`], ['record_changed 3']],
  ['another action', [`update audit.records set action = 'wallet.adjust' where ${record(3)}`], ['record_changed 3']],
  [
    'another kind of target',
    [`update audit.records set target_type = 'customer' where ${record(3)}`],
    ['record_changed 3'],
  ],
  [
    'another target',
    [`update audit.records set target_id = gen_random_uuid() where ${record(3)}`],
    ['record_changed 3'],
  ],
  ['another reason', [`update audit.records set reason = 'found' where ${record(3)}`], ['record_changed 3']],
  ['no reason', [`update audit.records set reason = null where ${record(3)}`], ['record_changed 3']],
  [
    'another state before',
    [`update audit.records set before = '{"status": "frozen"}' where ${record(3)}`],
    ['record_changed 3'],
  ],
  ['another state after', [`update audit.records set after = null where ${record(3)}`], ['record_changed 3']],
  ['another address', [`update audit.records set ip = '198.51.100.1' where ${record(3)}`], ['record_changed 3']],
  ['another user agent', [`update audit.records set user_agent = null where ${record(3)}`], ['record_changed 3']],
  [
    'another time, by a microsecond',
    [`update audit.records set created_at = created_at + interval '1 microsecond' where ${record(3)}`],
    ['record_changed 3'],
  ],
  ['a record that is gone', [`delete from audit.records where ${record(3)}`], ['record_missing 3']],
  ['the last record that is gone', [`delete from audit.records where ${record(5)}`], ['record_missing 5']],
  [
    'a link that is gone',
    [`delete from audit.links where org_id = $1 and seq = 3`],
    ['links_missing 3', 'record_unchained'],
  ],
  [
    'a record that is gone with its link',
    [`delete from audit.records where ${record(3)}`, `delete from audit.links where org_id = $1 and seq = 3`],
    ['links_missing 3'],
  ],
  [
    'the first that is gone with its link',
    [`delete from audit.records where ${record(1)}`, `delete from audit.links where org_id = $1 and seq = 1`],
    ['links_missing 1'],
  ],
  [
    'the end that is gone with its links',
    [`delete from audit.records where ${record(5)}`, `delete from audit.links where org_id = $1 and seq = 5`],
    ['head_ahead 5'],
  ],
  [
    'all that is gone but the head',
    ['delete from audit.records where org_id = $1', 'delete from audit.links where org_id = $1'],
    ['head_ahead 5'],
  ],
  [
    'a gap that was closed by numbering anew',
    [
      `delete from audit.records where ${record(3)}`,
      'delete from audit.links where org_id = $1 and seq = 3',
      'update audit.links set seq = 3 where org_id = $1 and seq = 4',
      'update audit.links set seq = 4 where org_id = $1 and seq = 5',
      'update audit.heads set seq = 4 where org_id = $1',
    ],
    ['record_changed 3', 'record_changed 4'],
  ],
  [
    'two that changed places',
    [
      'update audit.links set seq = 9 where org_id = $1 and seq = 2',
      'update audit.links set seq = 2 where org_id = $1 and seq = 3',
      'update audit.links set seq = 3 where org_id = $1 and seq = 9',
    ],
    ['record_changed 2', 'record_changed 3', 'record_changed 4'],
  ],
  [
    'a record that nothing chained',
    [
      `insert into audit.records (org_id, actor, action, target_type, target_id)
       select $1, 'bob', 'wallet.freeze', 'wallet', gen_random_uuid()`,
    ],
    ['record_unchained'],
  ],
  [
    'a record put in place of another',
    [
      `insert into audit.records (org_id, id, actor, action, target_type, target_id)
       select $1, '01936f3a-0000-7000-8000-00000000000a', 'bob', 'wallet.freeze', 'wallet', gen_random_uuid()`,
      `delete from audit.records where ${record(3)}`,
      `update audit.links set record_id = '01936f3a-0000-7000-8000-00000000000a' where org_id = $1 and seq = 3`,
    ],
    ['record_changed 3'],
  ],
  [
    'a link without a record',
    [
      `insert into audit.links (org_id, seq, record_id, formula, hash) select $1, 6, gen_random_uuid(), 1, hash from audit.heads where org_id = $1`,
    ],
    ['record_missing 6', 'head_behind 5'],
  ],
  [
    'another hash',
    [`update audit.links set hash = sha256('x') where org_id = $1 and seq = 3`],
    ['record_changed 3', 'record_changed 4'],
  ],
  ['another formula', ['update audit.links set formula = 2 where org_id = $1 and seq = 3'], ['formula_unknown 3']],
  ['a head that was taken back', ['update audit.heads set seq = 4 where org_id = $1'], ['head_behind 4']],
  ['a head that was moved on', ['update audit.heads set seq = 6 where org_id = $1'], ['head_ahead 6']],
  ['a head of another hash', [`update audit.heads set hash = sha256('x') where org_id = $1`], ['head_differs 5']],
  ['a head that is gone', ['delete from audit.heads where org_id = $1'], ['head_behind 0']],
  [
    'a record given to another organization',
    [`update audit.records set org_id = ${other} where ${record(3)}`],
    ['record_missing 3'],
  ],
];

describe('R10 whoever turns the triggers off is found', () => {
  let ways = 0;
  afterAll(() => console.info(`audit: ${ways} of ${tampered.length} ways to tamper with triggers off found`));

  it.each(tampered)('by %s', async (_what, statements, found) => {
    await openChain(database);
    const chain = await fiveRecords();
    for (const statement of statements) await chain.tamper(statement);
    expect(await chain.wrong()).toEqual(found);
    ways += 1;
  });

  it('by the record it is, where one is meant', async () => {
    const chain = await fiveRecords();
    const { rows } = await database.superuser.query('select record_id from audit.links where org_id = $1 and seq = 2', [
      chain.orgId,
    ]);
    await chain.tamper(`update audit.records set actor = 'bob' where ${record(2)}`);
    expect((await chain.verify()).findings).toEqual([{ kind: 'record_changed', seq: 2, recordId: rows[0].record_id }]);
  });

  it('by the first hundred of what is wrong, and by how much there is', async () => {
    const chain = await openChain(database);
    await chain.record(Array.from({ length: 150 }, (_, index) => `record ${index}`));
    await chain.tamper(`update audit.records set actor = 'bob' where org_id = $1`);
    const { findings, found } = await chain.verify();
    expect([findings.length, found]).toEqual([100, 150]);
  });

  it('and what is recorded afterwards hides nothing', async () => {
    const chain = await fiveRecords();
    await chain.tamper(`update audit.records set actor = 'bob' where ${record(5)}`);
    await chain.records(3);
    expect(await chain.wrong()).toEqual(['record_changed 5']);
  });
});

/** Cuts the end off as if it had never been: records, links and head. */
async function cutOff(chain: Chain, from: number): Promise<void> {
  await chain.tamper(
    `delete from audit.records where org_id = $1 and id in (select record_id from audit.links where org_id = $1 and seq >= $2)`,
    from,
  );
  await chain.tamper('delete from audit.links where org_id = $1 and seq >= $2', from);
  await chain.tamper(
    `update audit.heads set (seq, hash) = (select seq, hash from audit.links where org_id = $1 order by seq desc limit 1) where org_id = $1`,
  );
}

describe('R10 what was written down off the database', () => {
  it('agrees with a chain that only grew', async () => {
    const chain = await fiveRecords();
    const anchors = [await chain.anchor()];
    await chain.records(2);
    anchors.push(await chain.anchor());
    expect(anchors.map(({ seq }) => seq)).toEqual([5, 7]);
    expect(await chain.wrong([...anchors, ...anchors])).toEqual([]);
  });

  it('tells of an end that was cut off, head and all, which nothing in the database does', async () => {
    const chain = await fiveRecords();
    const anchor = await chain.anchor();
    await cutOff(chain, 4);
    expect(await chain.wrong()).toEqual([]);
    expect(await chain.wrong([anchor])).toEqual(['anchor_missing 5']);
  });

  it('tells of one even when others were recorded in its place', async () => {
    const chain = await fiveRecords();
    const anchor = await chain.anchor();
    await cutOff(chain, 4);
    await chain.records(4);
    expect(await chain.wrong()).toEqual([]);
    expect(await chain.wrong([anchor])).toEqual(['anchor_differs 5']);
  });

  it('tells of a chain that is gone altogether', async () => {
    const chain = await fiveRecords();
    const anchor = await chain.anchor();
    for (const table of ['records', 'links', 'heads'])
      await chain.tamper(`delete from audit.${table} where org_id = $1`);
    expect(await chain.wrong()).toEqual([]);
    expect(await chain.wrong([anchor])).toEqual(['anchor_missing 5']);
  });

  it('is judged by the organization it is of', async () => {
    const [chain, other] = [await fiveRecords(), await fiveRecords()];
    expect(await chain.wrong([await other.anchor()])).toEqual([]);
    const stolen = { ...(await other.anchor()), orgId: chain.orgId };
    expect(await chain.wrong([stolen])).toEqual(['anchor_differs 5']);
    expect(await chain.wrong([await chain.anchor(), stolen])).toEqual(['anchor_differs 5']);
  });
});
