import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { foldRecords } from './fold.ts';
import { holdOne } from './hold.ts';
import { type Discrepancy, reconcile } from './reconcile.ts';
import { reverse } from './reverse.ts';
import { type Books, books } from './test/books.ts';

describe('reconcile', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  /** Something of everything: entries, records, a fold, an open hold, lots that were used, and a reversal in part. */
  async function open() {
    const book = await books(database, {
      bank: { kind: 'liability' },
      ann: {},
      lots: { keepsLots: true },
      owed: { kind: 'liability', mode: 'recording' },
    });
    const { tx, account, transfer, postOne } = book;
    const earned = await postOne(transfer('earn', 'owed', 'ann', 50));
    const granted = await postOne(transfer('grant', 'bank', 'ann', 5));
    const lotted = await postOne(transfer('lot', 'owed', 'lots', 10, { lot: { expiresAt: null } }));
    await tx(foldRecords);
    const spent = await postOne(transfer('spend', 'lots', 'owed', 4));
    await tx(async (open) => {
      const [debitAccountId, creditAccountId] = [account('ann'), account('bank')];
      const expiresAt = new Date('2100-01-01');
      await holdOne(open, { key: 'h', debitAccountId, creditAccountId, amount: 20, expiresAt });
      await reverse(open, { key: 'r', postingId: granted, kind: 'reversal', effectiveAt: new Date(0), amount: 2 });
    });
    return { ...book, earned, granted, lotted, spent };
  }
  type Opened = Awaited<ReturnType<typeof open>>;

  /** Past every trigger and policy, as somebody with the disk in hand could. */
  async function tamper({ orgId }: Pick<Books, 'orgId'>, ...statements: string[]) {
    await database.superuser.query('begin; set local session_replication_role = replica');
    for (const statement of statements) {
      const changed = await database.superuser.query(statement.replaceAll('$org', `'${orgId}'`));
      if (changed.rowCount === 0) throw new Error(`nothing to tamper with: ${statement}`);
    }
    await database.superuser.query('commit');
  }

  const sorted = (found: readonly Discrepancy[]) => found.map(({ rule, subject }) => `${rule} ${subject}`).sort();
  const accountOf = (code: string) => `(select id from ledger.accounts where org_id = $org and code = '${code}')`;
  const postingOf = (key: string) => `(select id from ledger.postings where org_id = $org and key = '${key}')`;

  it('finds nothing in books that nobody tampered with', async () => {
    expect(await (await open()).wrong()).toEqual([]);
  });

  it.each<[what: string, statements: string[], expected: (book: Opened) => string[]]>([
    [
      'a balance that is not the sum of its entries',
      [`update ledger.accounts set balance = balance + 1 where org_id = $org and code = 'ann'`],
      ({ account }) => [`balance_equals_entries ${account('ann')}`, 'units_sum_to_zero points'],
    ],
    [
      'a version that is not the number of entries',
      [`update ledger.accounts set version = version + 1 where org_id = $org and code = 'ann'`],
      ({ account }) => [`balance_equals_entries ${account('ann')}`],
    ],
    [
      'a fold that is not what the account says',
      [`update ledger.folds set amount = amount + 1 where org_id = $org`],
      ({ account }) => [`balance_equals_entries ${account('owed')}`],
    ],
    [
      'records that a fold left out, though it says it saw them',
      [
        `update ledger.folds set amount = amount + 10 where org_id = $org`,
        `update ledger.accounts set balance = balance + 10 where org_id = $org and code = 'owed'`,
      ],
      ({ account }) => [`balance_equals_entries ${account('owed')}`],
    ],
    [
      'a missing entry',
      [`delete from ledger.entries where org_id = $org and account_id = ${accountOf('bank')} and version = 1`],
      ({ account, granted }) => [
        `balance_after_runs ${account('bank')}`,
        `balance_equals_entries ${account('bank')}`,
        `postings_sum_to_zero ${granted}`,
        `reversals_equal_postings ${granted}`,
        `versions_contiguous ${account('bank')}`,
      ],
    ],
    [
      'a gap between versions',
      [
        `update ledger.entries set version = 9 where org_id = $org and account_id = ${accountOf('ann')} and version = 3`,
        `update ledger.accounts set version = 9 where org_id = $org and code = 'ann'`,
      ],
      ({ account }) => [`versions_contiguous ${account('ann')}`],
    ],
    [
      'a running balance that does not run',
      [
        `update ledger.entries set balance_after = 7 where org_id = $org and account_id = ${accountOf('ann')} and version = 2`,
      ],
      ({ account }) => [`balance_after_runs ${account('ann')}`],
    ],
    [
      'a leg that was changed',
      [`update ledger.records set amount = -49 where org_id = $org and posting_id = ${postingOf('earn')}`],
      ({ account, earned }) => [
        `balance_equals_entries ${account('owed')}`,
        `postings_sum_to_zero ${earned}`,
        'units_sum_to_zero points',
      ],
    ],
    [
      'an account in another unit than its postings',
      [`update ledger.accounts set unit = 'USD' where org_id = $org and code = 'lots'`],
      ({ lotted, spent }) => [
        `postings_sum_to_zero ${lotted}`,
        `postings_sum_to_zero ${spent}`,
        'units_sum_to_zero USD',
        'units_sum_to_zero points',
      ],
    ],
    [
      'legs whose posting is gone',
      [`delete from ledger.postings where org_id = $org and key = 'earn'`],
      ({ earned }) => [`legs_have_account_and_posting ${earned}`],
    ],
    [
      'a leg on an account that is not there',
      [`update ledger.records set account_id = uuidv7() where org_id = $org and posting_id = ${postingOf('spend')}`],
      ({ spent }) => [
        `legs_have_account_and_posting ${spent}`,
        `postings_sum_to_zero ${spent}`,
        'units_sum_to_zero points',
      ],
    ],
    [
      'pending debits without a hold',
      [`update ledger.accounts set pending_debits = pending_debits + 1 where org_id = $org and code = 'ann'`],
      ({ account }) => [`pending_equals_holds ${account('ann')}`],
    ],
    [
      'a hold that was voided on the quiet',
      [`update ledger.holds set status = 'voided', resolved_at = now() where org_id = $org`],
      ({ account }) => [`pending_equals_holds ${account('ann')}`, `pending_equals_holds ${account('bank')}`],
    ],
    [
      'lots that hold less than may be spent',
      [
        `update ledger.lots set remaining = remaining - 1 where org_id = $org`,
        `insert into ledger.lot_uses (org_id, lot_id, ref, amount) select org_id, id, ref, 1 from ledger.lots where org_id = $org`,
      ],
      ({ account }) => [`lots_equal_available ${account('lots')}`],
    ],
  ])('reports %s, and nothing else', async (_what, statements, expected) => {
    const book = await open();
    const bystander = await open();
    await tamper(book, ...statements);
    expect(sorted(await book.wrong())).toEqual(expected(book).sort());
    expect(await bystander.wrong()).toEqual([]);
  });

  it('reports a lot whose uses do not explain what is left', async () => {
    const book = await open();
    await tamper(book, 'delete from ledger.lot_uses where org_id = $org');
    const { rows } = await database.superuser.query('select id from ledger.lots where org_id = $1', [book.orgId]);
    expect(await book.wrong()).toEqual([{ rule: 'lots_equal_uses', subject: rows[0].id }]);
  });

  it('reports a reversal of what was never posted', async () => {
    const book = await open();
    await tamper(book, `update ledger.reversals set amount = amount * 2 where org_id = $org and amount > 0`);
    expect(await book.wrong()).toEqual([{ rule: 'reversals_equal_postings', subject: book.granted }]);
  });

  it('repairs nothing: what is wrong is wrong the second time', async () => {
    const book = await open();
    await tamper(book, `update ledger.accounts set balance = balance + 1 where org_id = $org and code = 'ann'`);
    const first = await book.wrong();
    expect(first).toHaveLength(2);
    expect(await book.wrong()).toEqual(first);
  });

  describe('a clearing account', () => {
    const later = (hours: number) => new Date(Date.now() + hours * 3_600_000);

    async function clearing() {
      const book = await books(database, { bank: {}, transit: { kind: 'clearing', clearsWithin: 'P1D' } });
      const overdue = async (hours: number) =>
        (await book.tx((tx) => reconcile(tx, later(hours)))).map(({ rule, subject }) => [rule, subject]);
      return { ...book, overdue, reported: [['clearing_overdue', book.account('transit')]] };
    }

    it('is overdue when it was away from zero for longer than it may, and not before', async () => {
      const { postOne, transfer, overdue, reported } = await clearing();
      expect(await overdue(48)).toEqual([]);
      await postOne(transfer('in', 'bank', 'transit', 5));
      expect(await overdue(23)).toEqual([]);
      expect(await overdue(25)).toEqual(reported);
      await postOne(transfer('out', 'transit', 'bank', 5));
      expect(await overdue(48)).toEqual([]);
    });

    it('is as old as the entry that took it away from zero, not as its newest', async () => {
      const { postOne, transfer, overdue, reported, ...book } = await clearing();
      const aged = (key: string, hours: number) =>
        tamper(
          book,
          `update ledger.postings set recorded_at = now() - interval '${hours} hours' where org_id = $org and key = '${key}'`,
        );
      await postOne(transfer('in', 'bank', 'transit', 5));
      await postOne(transfer('out', 'transit', 'bank', 5));
      await postOne(transfer('again', 'bank', 'transit', 5));
      await postOne(transfer('part', 'transit', 'bank', 1));
      for (const [key, hours] of [
        ['in', 90],
        ['out', 80],
        ['again', 20],
        ['part', 1],
      ] as const)
        await aged(key, hours);
      expect(await overdue(0)).toEqual([]);
      expect(await overdue(5)).toEqual(reported);
    });
  });
});
