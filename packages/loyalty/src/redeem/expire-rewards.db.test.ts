import { expireHolds } from '@tributary/ledger/hold';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { refusal } from '../rule/business.fixture.ts';
import { after, openTill, type Till } from './till.fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

const open = (points = 1000) => openTill(database, points, { rewardMinutes: 60 });

describe('expireRewards', () => {
  it('gives back what is due, and leaves the rest', async () => {
    const till = await open();
    const due = await till.issue();
    await till.issue({}, after(1));
    expect(await till.expire(after(59))).toBe(0);
    expect(await till.shows()).toEqual([800, 200]);
    expect(await till.expire(after(60))).toBe(1);
    expect(await till.shows()).toEqual([900, 100]);
    const rows = await till.run((tx) =>
      tx.query(
        `select deleted_because, resolved_by, resolved_at from loyalty.rewards where org_id = $1 and status = 'deleted'`,
        [tx.orgId],
      ),
    );
    expect(rows).toEqual([{ deleted_because: 'expired', resolved_by: null, resolved_at: after(60) }]);
    expect(await till.redeem(due.id, after(60))).toMatchObject({ deletedBecause: 'expired' });
    expect(await till.faults()).toEqual([]);
  });

  it('changes nothing when it runs again', async () => {
    const till = await open();
    await till.issue();
    expect([await till.expire(after(60)), await till.expire(after(60)), await till.expire(after(90))]).toEqual([
      1, 0, 0,
    ]);
    expect(await till.shows()).toEqual([1000, 0]);
  });

  it('goes through many wallets in parts, the oldest first', async () => {
    const till = await open();
    for (let wallet = 0; wallet < 3; wallet += 1) {
      await till.addWallet();
      await till.give(100);
      await till.issue({ points: 10 }, after(5 - wallet));
      await till.issue({ points: 20 }, after(5 - wallet));
    }
    expect(await till.expire(after(100), 2)).toBe(2);
    expect(await till.shows()).toEqual([100, 0]);
    expect([await till.expire(after(100), 3), await till.expire(after(100), 3)]).toEqual([3, 1]);
    expect(await till.faults()).toEqual([]);
  });

  it('S1-072 waits for a frozen wallet, and holds up no other', async () => {
    const till = await open();
    await till.issue();
    await till.setWallet(`status = 'frozen'`);
    const frozen = till.walletId;
    await till.addWallet();
    await till.give(100);
    await till.issue({}, after(1));
    expect(await till.expire(after(90), 1)).toBe(1);
    expect(await till.shows()).toEqual([100, 0]);
    till.walletId = frozen;
    expect(await till.shows()).toEqual([900, 100]);
    await till.setWallet(`status = 'active'`);
    expect(await till.expire(after(90))).toBe(1);
    expect(await till.shows()).toEqual([1000, 0]);
  });

  it('finishes what a sweep over all holds began', async () => {
    const till = await open();
    const { id } = await till.issue();
    await till.issue();
    await till.run((tx) => expireHolds(tx, { at: after(60), limit: 10 }), 'worker');
    expect(await till.redeem(id, after(61))).toMatchObject({ deletedBecause: 'expired' });
    expect(await till.expire(after(61))).toBe(1);
    expect(await till.shows()).toEqual([1000, 0]);
    expect(await till.faults()).toEqual([]);
  });

  it('sees nothing of other organizations', async () => {
    const [ours, theirs] = [await open(), await open()];
    await theirs.issue();
    expect(await ours.expire(after(90))).toBe(0);
    expect(await theirs.shows()).toEqual([900, 100]);
  });

  it('run by three at once while rewards are issued, redeemed and deleted, each reward ends once', async () => {
    const till = await open(5000);
    const due = await Promise.all(Array.from({ length: 12 }, () => till.issue()));
    const answers = await Promise.all([
      ...[1, 2, 3].map(() => till.expire(after(60), 8)),
      // At the time of issue they can still be ended: whoever is first.
      ...due.slice(0, 8).map(({ id }, index) => refusal(index % 2 === 0 ? till.redeem(id) : till.remove(id))),
      ...Array.from({ length: 8 }, () => refusal(till.issue({}, after(30)))),
    ]);
    expect(answers.slice(3).filter((answer) => answer !== 'accepted')).toEqual([]);
    await till.expire(after(60));
    const [balance, held] = await till.shows();
    expect([balance + held + (await till.spent()), held]).toEqual([5000, 800]);
    expect(await till.faults()).toEqual([]);
  });
});

/** What a till and the job do, minute by minute. */
const step = fc.record({
  verb: fc.constantFrom('issue', 'redeem', 'remove', 'expire'),
  points: fc.integer({ min: 1, max: 150 }),
  reward: fc.nat(5),
  minutes: fc.integer({ min: 0, max: 40 }),
});

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

interface Model {
  balance: number;
  spent: number;
  issued: { id: string; points: number; expiresAt: number; open: boolean }[];
}

/** Does the step, and says what must be true of the wallet after it. */
async function take(till: Till, model: Model, { verb, points, reward }: Step, minute: number): Promise<void> {
  const now = after(minute);
  if (verb === 'issue') {
    const answer = await till.issue({ points }, now).catch(() => null);
    expect(answer !== null).toBe(points <= model.balance);
    if (!answer) return;
    model.balance -= points;
    model.issued.push({ id: answer.id, points, expiresAt: minute + 60, open: true });
  } else if (verb === 'expire') {
    const due = model.issued.filter(({ open, expiresAt }) => open && expiresAt <= minute);
    expect(await till.expire(now)).toBe(due.length);
    for (const one of due) giveBack(model, one);
  } else {
    const one = model.issued[reward % Math.max(1, model.issued.length)];
    if (!one) return;
    const answer = await refusal(verb === 'redeem' ? till.redeem(one.id, now) : till.remove(one.id, now));
    if (!one.open) return;
    expect(answer).toBe('accepted');
    if (verb === 'remove' || one.expiresAt <= minute) giveBack(model, one);
    else {
      one.open = false;
      model.spent += one.points;
    }
  }
}

function giveBack(model: Model, one: Model['issued'][number]): void {
  one.open = false;
  model.balance += one.points;
}

describe('whatever a till does', () => {
  it('a wallet shows what it was given without what is held and what was spent, and the books hold', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 20 }), async (steps) => {
        const till = await open(0);
        await till.give(120, after(70));
        await till.give(180);
        const model: Model = { balance: 300, spent: 0, issued: [] };
        let minute = 0;
        for (const one of steps) {
          minute += one.minutes;
          await take(till, model, one, minute);
        }
        const held = model.issued.reduce((sum, { open: isOpen, points }) => sum + (isOpen ? points : 0), 0);
        expect([...(await till.shows()), await till.spent()]).toEqual([model.balance, held, model.spent]);
        expect((await till.lots()).reduce((sum, { remaining }) => sum + remaining, 0)).toBe(model.balance);
        expect(await till.faults()).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });
});
