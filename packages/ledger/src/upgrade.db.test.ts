import { randomUUID } from 'node:crypto';
import { contentHash } from '@tributary/core/canonical-json';
import { type Database, openDatabase } from '@tributary/db/connection';
import { migrate, readMigrations } from '@tributary/db/migrate';
import { type TenantTransaction, withTenant } from '@tributary/db/transaction';
import { testDatabase } from '@tributary/testing/database';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { balanceNow } from './balance.ts';
import { foldRecords } from './fold.ts';
import { type Posting, post } from './post.ts';
import { reconcile } from './reconcile.ts';

const migrations = readMigrations(new URL('../../../migrations', import.meta.url).pathname);
const before = migrations.filter(({ name }) => name < '0006');

/** As `ledger.post` took them until 0005: nine arguments, and the hash of the whole request. */
async function postAsBefore(tx: TenantTransaction, postings: readonly Posting[]): Promise<void> {
  const legs = postings.flatMap((posting, index) => posting.legs.map((leg) => ({ ...leg, posting: index + 1 })));
  const hashOf = ({ kind, effectiveAt, metadata, legs }: Posting) =>
    contentHash({
      kind,
      effectiveAt: effectiveAt.toISOString(),
      metadata: metadata ?? null,
      legs: legs.map(({ accountId, amount }) => ({ accountId, amount })),
    });
  await tx.query('select key, posting_id, outcome from ledger.post($1, $2, $3, $4, $5, $6, $7, $8, $9)', [
    tx.orgId,
    postings.map(({ key }) => key),
    postings.map(hashOf),
    postings.map(({ kind }) => kind),
    postings.map(({ effectiveAt }) => effectiveAt),
    postings.map(({ metadata }) => (metadata === undefined ? null : JSON.stringify(metadata))),
    legs.map(({ posting }) => posting),
    legs.map(({ accountId }) => accountId),
    legs.map(({ amount }) => amount),
  ]);
}

interface Organization {
  orgId: string;
  account: Record<(typeof codes)[number], string>;
  postings: Posting[];
}

const codes = ['owed', 'issued', 'wallet:ann', 'wallet:bob', 'wallet:eve'] as const;

/** Wallets in credit, empty and overdrawn, against an account that records and one that authorizes; batches and single postings. */
function postingsOn(account: Organization['account'], scale: number): Posting[] {
  const move = (key: string, from: string, to: string, amount: number, rest: Partial<Posting> = {}): Posting => ({
    key,
    kind: 'earn',
    effectiveAt: new Date('2026-03-01T10:00:00.123Z'),
    legs: [
      { accountId: from, amount: -amount * scale },
      { accountId: to, amount: amount * scale },
    ],
    ...rest,
  });
  const { owed, issued, 'wallet:ann': ann, 'wallet:bob': bob, 'wallet:eve': eve } = account;
  return [
    move('sale:1:earn', owed, ann, 50, { metadata: { rule: 'r', lines: [1, 2] } }),
    move('sale:2:earn', owed, ann, 30, { effectiveAt: new Date('2025-12-31T23:59:59.999Z') }),
    move('sale:2:clawback', ann, owed, 30, { kind: 'clawback' }),
    move('vente/é/✓:earn', owed, bob, 7),
    move('sale:3:clawback', eve, owed, 4, { kind: 'clawback' }),
    move('gift', issued, ann, 5),
    move('move', ann, bob, 10),
    {
      ...move('split', issued, ann, 1),
      legs: [
        { accountId: issued, amount: -9 },
        { accountId: ann, amount: 4 },
        { accountId: bob, amount: 3 },
        { accountId: ann, amount: 2 },
      ],
    },
    move('empty bob', bob, owed, 17, { kind: 'redeem', ...(scale > 1 && { metadata: null }) }),
  ];
}

describe('a database with postings of before 0006', () => {
  let superuser: Database;
  let worker: Database;
  let organizations: Organization[];
  let held: Snapshot;

  type Snapshot = Record<'accounts' | 'entries' | 'records' | 'rewards' | 'postings', object[]>;
  const rowsOf = async (text: string) => (await superuser.pool.query(text)).rows as object[];
  /** What the books say by account and key, which no migration may change. `recorded` is the name of the time of recording. */
  const snapshot = async (recorded: 'created_at' | 'recorded_at'): Promise<Snapshot> => ({
    accounts: await rowsOf(
      'select org_id, id, code, unit, kind, mode, balance, version, floor from ledger.accounts order by id',
    ),
    entries: await rowsOf(`select e.org_id, e.account_id, e.version, p.key, e.amount, e.balance_after
      from ledger.entries e join ledger.postings p on p.org_id = e.org_id and p.id = e.posting_id order by e.account_id, e.version`),
    records: await rowsOf(`select r.org_id, r.account_id, r.id, p.key, r.amount
      from ledger.records r join ledger.postings p on p.org_id = r.org_id and p.id = r.posting_id order by r.id`),
    rewards: await rowsOf(`select e.org_id, e.id, e.wallet_id, e.kind, e.points, p.key
      from loyalty.reward_events e join ledger.postings p on p.org_id = e.org_id and p.id = e.posting_id order by e.id`),
    postings: await rowsOf(`select org_id, key, kind, effective_at, metadata, ${recorded}::text as recorded,
      encode(substr(request_hash, 1, 16), 'hex') as hash from ledger.postings order by org_id, key`),
  });

  async function populate(scale: number): Promise<Organization> {
    const orgId = randomUUID();
    await superuser.pool.query(`insert into identity.organizations (id, name) values ($1, 'of before')`, [orgId]);
    const context = { database: worker, orgId };
    const opened = await withTenant(context, (tx) =>
      tx.query<{ code: string; id: string }>(
        `insert into ledger.accounts (org_id, code, unit, kind, mode)
         select $1, code, 'points', case when code like 'wallet:%' then 'wallet' else 'liability' end,
           case code when 'owed' then 'recording' else 'authorizing' end
         from unnest($2::text[]) code returning code, id`,
        [orgId, codes],
      ),
    );
    const account = Object.fromEntries(opened.map(({ code, id }) => [code, id])) as Organization['account'];
    const postings = postingsOn(account, scale);
    await withTenant(context, (tx) => postAsBefore(tx, postings.slice(0, 5)));
    for (const posting of postings.slice(5)) await withTenant(context, (tx) => postAsBefore(tx, [posting]));
    await withTenant(context, (tx) => postAsBefore(tx, postings));
    await giveRewards(orgId);
    return { orgId, account, postings };
  }

  /** A reward event behind every earning and clawback, with the sale and the wallet it needs. */
  async function giveRewards(orgId: string): Promise<void> {
    await superuser.pool.query(
      `with rule as (
         insert into loyalty.reward_rules (org_id, version, config, currency, created_by) values ($1, 1, '{}', 'USD', 'before') returning id
       ), customer as (
         insert into loyalty.customers (org_id, provider, external_id)
         select org_id, 'square', code from ledger.accounts where org_id = $1 and kind = 'wallet' returning id, external_id
       ), wallet as (
         insert into loyalty.wallets (org_id, customer_id, account_id)
         select $1, c.id, a.id from customer c join ledger.accounts a on a.org_id = $1 and a.code = c.external_id returning id, account_id
       ), sale as (
         insert into loyalty.transactions (org_id, provider, provider_transaction_id, status, amount_minor, tip_minor, refunded_minor,
           currency, transaction_at, provider_version, content_hash)
         values ($1, 'square', 'sale', 'completed', 100, 0, 0, 'USD', now(), now(), '') returning id
       )
       insert into loyalty.reward_events (org_id, wallet_id, transaction_id, rule_id, kind, points, posting_id)
       select $1, w.id, sale.id, rule.id, p.kind, e.amount, p.id
       from rule, sale, ledger.postings p join ledger.entries e on e.org_id = p.org_id and e.posting_id = p.id
         join wallet w on w.account_id = e.account_id
       where p.org_id = $1 and p.key ~ ':(earn|clawback)$'`,
      [orgId],
    );
  }

  beforeAll(async () => {
    const { superuser: admin, url, proxy, name } = await testDatabase();
    const upgraded = `${name}_upgraded`;
    await admin.query(`create database ${upgraded} owner tributary_owner`);
    const open = (login: string) => {
      const target = new URL(login);
      target.pathname = `/${upgraded}`;
      return openDatabase({ url: target.href, proxy });
    };
    const owner = open(url('owner'));
    superuser = open(inject('server').superuserUrl);
    worker = open(url('worker'));
    afterAll(async () => {
      await Promise.all([owner, superuser, worker].map((database) => database.close()));
      await admin.query(`drop database ${upgraded} with (force)`);
    });
    await migrate(owner, before);
    organizations = [await populate(1), await populate(1000)];
    held = await snapshot('created_at');
    await migrate(owner, migrations);
  });

  const inEach = async <Result>(work: (tx: TenantTransaction, organization: Organization) => Promise<Result>) => {
    const results: Result[] = [];
    for (const organization of organizations) {
      results.push(await withTenant({ database: worker, orgId: organization.orgId }, (tx) => work(tx, organization)));
    }
    return results;
  };

  it('keeps every balance, entry, record, reward and posting', async () => {
    expect(await snapshot('recorded_at')).toEqual(held);
    expect(held.entries.length).toBe(2 * 14);
    expect(held.records.length).toBe(2 * 6);
    expect(held.rewards.length).toBe(2 * 5);
  });

  it('names every posting by its organization and key', async () => {
    expect(await rowsOf('select 1 from ledger.postings where id <> ledger.posting_id(org_id, key)')).toEqual([]);
    expect(
      await rowsOf(`select 1 from loyalty.reward_events e where not exists (
        select from ledger.postings p where p.org_id = e.org_id and p.id = e.posting_id)`),
    ).toEqual([]);
  });

  it('reconciles', async () => {
    expect(await inEach((tx) => reconcile(tx, new Date()))).toEqual([[], []]);
  });

  it('shows tenants their own again, under forced row-level security', async () => {
    const unforced = await rowsOf(
      `select oid::regclass::text from pg_class where relkind = 'r' and relnamespace in ('ledger'::regnamespace, 'loyalty'::regnamespace)
         and not (relrowsecurity and relforcerowsecurity)`,
    );
    expect(unforced).toEqual([]);
    const seen = await inEach((tx) => tx.query('select distinct org_id from loyalty.wallet_ledger'));
    expect(seen).toEqual(organizations.map(({ orgId }) => [{ org_id: orgId }]));
  });

  it('answers every key posted before with the posting of then, and refuses it for another request', async () => {
    await inEach(async (tx, { postings }) => {
      const ids = await tx.query<{ key: string; id: string }>('select key, id from ledger.postings where org_id = $1', [
        tx.orgId,
      ]);
      const idOf = new Map(ids.map(({ key, id }) => [key, id]));
      expect(await post(tx, postings)).toEqual(
        postings.map(({ key }) => ({ key, postingId: idOf.get(key), outcome: 'replayed' })),
      );
      const changed = postings.map((posting) => ({ ...posting, kind: 'other' }));
      expect(await post(tx, changed)).toEqual(postings.map(({ key }) => ({ key, outcome: 'conflict' })));
    });
    expect(await snapshot('recorded_at')).toEqual(held);
  });

  it('goes on from the balances there were, those of recording accounts too', async () => {
    const posted = await inEach((tx, { postings: [earned] }) => post(tx, [{ ...(earned as Posting), key: 'after' }]));
    expect(posted.flat()).toMatchObject([{ outcome: 'posted' }, { outcome: 'posted' }]);
    const expected = (scale: number) => ({ ann: 45 * scale + 6 + 50 * scale, owed: -36 * scale - 50 * scale });
    const balances = () =>
      inEach(async (tx, { account }) => ({
        ann: (await balanceNow(tx, account['wallet:ann']))?.posted,
        owed: (await balanceNow(tx, account.owed))?.posted,
      }));
    expect(await balances()).toEqual([expected(1), expected(1000)]);
    expect(await inEach((tx) => foldRecords(tx))).toEqual([7, 7]);
    expect(await balances()).toEqual([expected(1), expected(1000)]);
    expect(await inEach((tx) => reconcile(tx, new Date()))).toEqual([[], []]);
  });
});
