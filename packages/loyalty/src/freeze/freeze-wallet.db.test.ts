import { showId } from '@tributary/core/ids';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { after, noon, type Office, openOffice, payment, refund } from '../adjust/office.fixture.ts';
import { registerCustomer } from '../customer/register-customer.ts';
import { refusal } from '../rule/business.fixture.ts';
import { applyFacts } from '../transaction/apply-facts.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

/** An office whose customer ann has 50 points of one sale. */
async function open(): Promise<Office> {
  const office = await openOffice(database);
  await office.sell('ann');
  return office;
}

const merge = async (office: Office) => {
  await office.sell('bob', { externalId: 'other' });
  const { id } = await office.wallet('bob');
  const [bob] = await office.run((tx) =>
    tx.query<{ id: string }>('select id from loyalty.wallets where org_id = $1 order by id desc limit 1', [tx.orgId]),
  );
  expect(showId('wallet', bob?.id ?? '')).toBe(id);
  await office.setWallet('ann', `status = 'frozen', merged_into = '${bob?.id}'`);
};

describe('a wallet moves between active and frozen', () => {
  const states = {
    active: async () => undefined,
    frozen: (office: Office) => office.freeze('ann'),
    merged: merge,
  };

  it.each([
    ['active', 'freeze', 'accepted', 'frozen'],
    ['active', 'unfreeze', 'not_frozen', 'active'],
    ['frozen', 'freeze', 'already_frozen', 'frozen'],
    ['frozen', 'unfreeze', 'accepted', 'active'],
    ['merged', 'freeze', 'conflict', 'frozen'],
    ['merged', 'unfreeze', 'conflict', 'frozen'],
  ] as const)('S1-073 %s, asked to %s: %s, and it is %s', async (state, verb, outcome, status) => {
    const office = await open();
    await states[state](office);
    const before = (await office.audit('ann')).length;
    expect(await refusal(office[verb]('ann'))).toBe(outcome);
    expect(await office.wallet('ann')).toMatchObject({ status, balance: 50 });
    expect((await office.audit('ann')).length - before).toBe(outcome === 'accepted' ? 1 : 0);
  });

  it('answers the wallet as it is then, and records who did it and why', async () => {
    const office = await open();
    expect(await office.freeze('ann', ' stolen ')).toEqual(await office.wallet('ann'));
    expect(await office.unfreeze('ann', 'found')).toEqual(await office.wallet('ann'));
    const told = { actor: 'ann the admin', targetType: 'wallet', targetId: await office.walletOf('ann') };
    expect(await office.audit('ann')).toMatchObject([
      {
        ...told,
        action: 'wallet.unfreeze',
        reason: 'found',
        before: { status: 'frozen' },
        after: { status: 'active' },
      },
      { ...told, action: 'wallet.freeze', reason: 'stolen', before: { status: 'active' }, after: { status: 'frozen' } },
    ]);
  });

  it.each(['freeze', 'unfreeze'] as const)('asked by eight at once to %s, does so once', async (verb) => {
    const office = await open();
    if (verb === 'unfreeze') await office.freeze('ann');
    const outcomes = await Promise.all(Array.from({ length: 8 }, () => refusal(office[verb]('ann'))));
    expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(1);
    expect(new Set(outcomes)).toEqual(new Set(['accepted', verb === 'freeze' ? 'already_frozen' : 'not_frozen']));
  });

  it('refuses to do so without a reason', async () => {
    const office = await open();
    expect(await refusal(office.freeze('ann', '  '))).toBe('validation_failed');
  });

  it('names nothing of another organization', async () => {
    const [ours, theirs] = [await open(), await open()];
    const walletOf = ours.walletOf.bind(ours);
    ours.walletOf = () => theirs.walletOf('ann');
    expect([await refusal(ours.freeze('ann')), await refusal(ours.unfreeze('ann'))]).toEqual([
      'not_found',
      'not_found',
    ]);
    ours.walletOf = walletOf;
    expect((await theirs.wallet('ann')).status).toBe('active');
  });
});

describe('S1-072 while a wallet is frozen nothing moves, and unfreezing makes good', () => {
  const told: [what: string, tell: (office: Office) => Promise<unknown>, after: number][] = [
    ['a sale', (office) => office.sell('ann', { externalId: 'pay-2', amountMinor: 700 }), 57],
    ['a refund', (office) => office.apply([refund()]), 25],
    ['a refund of all', (office) => office.apply([refund({ amountMinor: 5000 })]), 0],
    ['a cancellation', (office) => office.sell('ann', { status: 'cancelled', version: after(1) }), 0],
    ['a sale that another one turns out to have paid', (office) => office.sell('bob', { version: after(1) }), 0],
    [
      'a sale and its refund',
      (office) =>
        office.apply([
          payment('ann', { externalId: 'pay-2' }),
          refund({ externalId: 'ref-2', paymentExternalId: 'pay-2' }),
        ]),
      75,
    ],
    ['nothing', async () => undefined, 50],
  ];

  it.each(told)('%s', async (_what, tell, expected) => {
    const office = await open();
    await office.freeze('ann');
    await tell(office);
    await tell(office);
    expect(await office.balance('ann')).toBe(50);
    await office.unfreeze('ann');
    expect([await office.balance('ann'), await office.faults()]).toEqual([expected, []]);
    // As if it had never been frozen: the same facts again change nothing.
    await tell(office);
    expect(await office.balance('ann')).toBe(expected);
  });

  it('a refund that was known as pending before the freeze, and is completed during it', async () => {
    const office = await open();
    await office.apply([refund({ status: 'pending' })]);
    // Long before: what is recent is looked at anyway.
    await database.superuser.query(`update loyalty.refunds set created_at = '2020-01-01' where org_id = $1`, [
      office.orgId,
    ]);
    await database.superuser.query(`update loyalty.transactions set updated_at = '2020-01-01' where org_id = $1`, [
      office.orgId,
    ]);
    await office.freeze('ann');
    await office.apply([refund({ version: after(2) })]);
    await office.unfreeze('ann');
    expect(await office.balance('ann')).toBe(25);
  });

  it('a sale that nobody was known to have made, and that is linked during the freeze', async () => {
    const office = await open();
    await office.apply([
      { ...payment(null, { externalId: 'pay-2', amountMinor: 800 }), customer: { email: 'ann@example.com' } },
    ]);
    await office.freeze('ann');
    await office.run((tx) =>
      registerCustomer({ tx, now: noon }, { email: 'ann@example.com', external: { provider: 'square', value: 'ann' } }),
    );
    expect(await office.balance('ann')).toBe(50);
    await office.unfreeze('ann');
    expect(await office.balance('ann')).toBe(58);
  });

  it('earns under the rule of the time of each sale, whatever it is when the freeze ends', async () => {
    const office = await open();
    await office.freeze('ann');
    await office.sell('ann', { externalId: 'pay-2', amountMinor: 1000 });
    await office.addRule({ conversionRate: 9 }, after(10));
    await office.unfreeze('ann', 'found it', after(20));
    expect(await office.balance('ann')).toBe(60);
  });

  it('a wallet that was frozen twice misses nothing of either time', async () => {
    const office = await open();
    await office.freeze('ann');
    await office.sell('ann', { externalId: 'pay-2', amountMinor: 100 });
    await office.unfreeze('ann');
    await office.freeze('ann');
    await office.sell('ann', { externalId: 'pay-3', amountMinor: 200 });
    await office.unfreeze('ann');
    expect([await office.balance('ann'), await office.faults()]).toEqual([53, []]);
  });

  it('others go on earning, in the same batch as well', async () => {
    const office = await open();
    await office.freeze('ann');
    await office.apply([payment('ann', { externalId: 'pay-2' }), payment('bob', { externalId: 'pay-3' })]);
    expect([await office.balance('ann'), await office.balance('bob')]).toEqual([50, 50]);
  });
});

describe('a sale that is being applied while the wallet changes', () => {
  /** Runs `change` while a sale of ann is applied and not committed yet, and answers when both are done. */
  async function during(office: Office, change: () => Promise<unknown>): Promise<void> {
    const { promise: committed, resolve: commit } = Promise.withResolvers<void>();
    const { promise: applied, resolve: apply } = Promise.withResolvers<void>();
    const selling = office.run(async (tx) => {
      await applyFacts(tx, [payment('ann', { externalId: 'pay-2', amountMinor: 700 })], noon);
      apply();
      await committed;
    }, 'worker');
    await applied;
    let changed = false;
    const changing = change().finally(() => {
      changed = true;
    });
    while (!changed && !(await someoneWaits())) await new Promise(setImmediate);
    commit();
    await Promise.all([selling, changing]);
  }

  async function someoneWaits(): Promise<boolean> {
    const { rows } = await database.superuser.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rows.length > 0;
  }

  it('to active is not missed', async () => {
    const office = await open();
    await office.freeze('ann');
    await during(office, () => office.unfreeze('ann'));
    expect([await office.balance('ann'), await office.faults()]).toEqual([57, []]);
  });

  it('to frozen moves before it is, not after', async () => {
    const office = await open();
    await during(office, () => office.freeze('ann'));
    const [frozen] = await office.run((tx) =>
      tx.query<{ late: boolean }>(
        `select exists (select from ledger.postings p where p.org_id = $1 and p.recorded_at > a.created_at) as late
         from audit.records a where a.org_id = $1 and a.action = 'wallet.freeze'`,
        [tx.orgId],
      ),
    );
    expect(frozen).toEqual({ late: false });
    expect(await office.balance('ann')).toBe(57);
  });
});
