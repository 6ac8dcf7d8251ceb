import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBilling, share, shortly } from './billing.fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

const ofAnn = { subId: 'ann' };

describe('an invoice', () => {
  it('lives: facts, draft, issue, restatement, adjustment in the next, paid, and void of another; the books hold at every step', async () => {
    const office = await openBilling(database);
    const ann = await office.hire('ann');
    await office.state('2026-06-10', [{ ...ofAnn, commissionMinor: 100_000 }]);
    await office.state('2026-07-10', [{ ...ofAnn, commissionMinor: 50_000 }]);

    const june = await office.draft(ann, '2026-06');
    expect(june).toMatchObject({
      status: 'draft',
      month: '2026-06',
      currency: 'EUR',
      totalMinor: 10_000,
      number: null,
    });
    expect([await office.payable(ann), await office.faults()]).toEqual([0, []]);

    const issued = await office.issue(june);
    expect(issued).toMatchObject({
      status: 'issued',
      number: 'INV-2026-000001',
      issuedOn: '2026-11-20',
      dueOn: '2026-07-30',
    });
    expect([await office.payable(ann), await office.faults()]).toEqual([10_000, []]);

    // A refund: June comes to 800 instead of 1,000.
    await office.state('2026-06-10', [{ ...ofAnn, commissionMinor: 80_000 }]);
    const july = await office.draft(ann, '2026-07');
    expect(july.lines).toMatchObject([
      { kind: 'adjustment', month: '2026-06', dueMinor: 8000, invoicedMinor: 10_000, amountMinor: -2000 },
      { kind: 'commission', month: '2026-07', basisMinor: 50_000, shareBps: 1000, amountMinor: 5000 },
    ]);
    expect(await office.get(issued.id)).toEqual(issued);

    await office.issue(july);
    expect([await office.payable(ann), await office.faults()]).toEqual([13_000, []]);
    expect(await office.pay(issued)).toMatchObject({ status: 'paid', number: 'INV-2026-000001' });
    expect([await office.payable(ann), await office.balance('affiliate:payouts:EUR')]).toEqual([3000, 10_000]);
    expect(await office.faults()).toEqual([]);

    expect(await office.void(july)).toMatchObject({ status: 'void', number: 'INV-2026-000002', totalMinor: 3000 });
    expect([await office.payable(ann), await office.balance('affiliate:commission:EUR')]).toEqual([0, -10_000]);
    expect(await office.faults()).toEqual([]);

    const again = await office.bill(ann, '2026-07');
    expect([again.number, again.totalMinor, shortly(again)]).toEqual(['INV-2026-000003', 3000, shortly(july)]);
    expect(await office.faults()).toEqual([]);
  });

  it('S0-012 A35 a tenth of 0 in March and 1,500 in April: lines of 0 and 150', async () => {
    const office = await openBilling(database);
    const ann = await office.hire('ann');
    await office.state('2026-03-10', [{ ...ofAnn, ngrMinor: -1_000_000 }]);
    await office.state('2026-04-10', [{ ...ofAnn, ngrMinor: 1_500_000, commissionMinor: 150_000 }]);
    expect(shortly(await office.draft(ann, '2026-04'))).toEqual([
      ['commission', '2026-03', 0],
      ['commission', '2026-04', 15_000],
    ]);
  });

  it('A31 computed again, a draft has what facts say by then, and the same lines without news', async () => {
    const office = await openBilling(database);
    const ann = await office.hire('ann', { rate: share(10_000) });
    const days = ['2026-06-01', '2026-06-02', '2026-06-03'];
    for (const [index, day] of days.entries())
      await office.state(day, [{ ...ofAnn, commissionMinor: 100 * (index + 1) }]);
    const first = await office.draft(ann, '2026-06');
    expect(first.totalMinor).toBe(600);
    expect(await office.draft(ann, '2026-06')).toEqual(first);
    await office.state('2026-06-02', [{ ...ofAnn, commissionMinor: 0 }]);
    expect(await office.draft(ann, '2026-06')).toMatchObject({ id: first.id, totalMinor: 400 });
  });

  it('A32 a refund after payment is netted once, and only once', async () => {
    const office = await openBilling(database);
    const ann = await office.hire('ann', { rate: share(10_000) });
    await office.state('2026-06-02', [{ ...ofAnn, commissionMinor: 600 }]);
    await office.state('2026-07-02', [{ ...ofAnn, commissionMinor: 1000 }]);
    await office.state('2026-08-02', [{ ...ofAnn, commissionMinor: 70 }]);
    await office.pay(await office.bill(ann, '2026-06'));
    await office.state('2026-06-02', [{ ...ofAnn, commissionMinor: 400 }]);
    expect((await office.bill(ann, '2026-07')).totalMinor).toBe(800);
    expect(shortly(await office.bill(ann, '2026-08'))).toEqual([['commission', '2026-08', 70]]);
  });

  it.each([
    [
      'carried to the next',
      true,
      ['carried_out', 90],
      [
        10,
        [
          ['commission', '2026-08', 100],
          ['carried_in', -90],
        ],
      ],
    ],
    ['forgiven', false, ['waived', '2026-06', 90], [100, [['commission', '2026-08', 100]]]],
  ])(
    'A2 A4 that is below zero is %s; nothing is owed or posted for it',
    async (_what, carriesNegative, closing, next) => {
      const office = await openBilling(database);
      const ann = await office.hire('ann', { carriesNegative, rate: share(10_000) });
      await office.state('2026-06-02', [{ ...ofAnn, commissionMinor: 100 }]);
      await office.bill(ann, '2026-06');
      await office.state('2026-06-02', [{ ...ofAnn, commissionMinor: 0 }]);
      await office.state('2026-07-02', [{ ...ofAnn, commissionMinor: 10 }]);
      const july = await office.bill(ann, '2026-07');
      expect([july.totalMinor, shortly(july).at(-1)]).toEqual([0, closing]);
      await office.state('2026-08-02', [{ ...ofAnn, commissionMinor: 100 }]);
      const august = await office.bill(ann, '2026-08');
      expect([august.totalMinor, shortly(august)]).toEqual(next);
      expect([await office.payable(ann), await office.faults()]).toEqual([100 + august.totalMinor, []]);
    },
  );

  it('that carried a loss and is voided takes the loss with it, and the next makes up for it', async () => {
    const office = await openBilling(database);
    const ann = await office.hire('ann', { rate: share(10_000) });
    await office.state('2026-06-02', [{ ...ofAnn, commissionMinor: -90 }]);
    await office.state('2026-07-02', [{ ...ofAnn, commissionMinor: 100 }]);
    const june = await office.bill(ann, '2026-06');
    expect((await office.bill(ann, '2026-07')).totalMinor).toBe(10);
    await office.void(june);
    // June anew: its loss is said again, and what July had taken for it is given back.
    const again = await office.bill(ann, '2026-06');
    expect([again.totalMinor, shortly(again)]).toEqual([
      0,
      [
        ['commission', '2026-06', -90],
        ['carried_in', 90],
      ],
    ]);
    expect([await office.payable(ann), await office.faults()]).toEqual([10, []]);
  });

  it('A4 of which a loss was forgiven makes up for it when the network gives it back, and pays it once', async () => {
    const office = await openBilling(database);
    const ann = await office.hire('ann', { carriesNegative: false, rate: share(10_000) });
    const tell = (commissionMinor: number) => office.state('2026-06-02', [{ ...ofAnn, commissionMinor }]);
    await tell(100);
    await office.bill(ann, '2026-06');
    await tell(0);
    await office.state('2026-07-02', [{ ...ofAnn, commissionMinor: 10 }]);
    expect(shortly(await office.bill(ann, '2026-07'))).toEqual([
      ['adjustment', '2026-06', -100],
      ['commission', '2026-07', 10],
      ['waived', '2026-06', 90],
    ]);
    await tell(100);
    const august = await office.bill(ann, '2026-08');
    expect(shortly(august)).toEqual([
      ['adjustment', '2026-06', 100],
      ['waived', '2026-06', -90],
    ]);
    expect([await office.payable(ann), await office.drafts(ann, '2026-09'), await office.faults()]).toEqual([
      110,
      0,
      [],
    ]);
    // Void, it is said again.
    await office.void(august);
    expect(shortly(await office.bill(ann, '2026-08'))).toEqual(shortly(august));
    expect([await office.payable(ann), await office.faults()]).toEqual([110, []]);
  });

  it('A58 a change of terms counts from its day on, and of invoiced days it is an adjustment', async () => {
    const office = await openBilling(database);
    const ann = await office.hire('ann');
    for (const day of ['2026-06-10', '2026-06-20']) await office.state(day, [{ ...ofAnn, commissionMinor: 1000 }]);
    await office.agree(ann, share(3000), '2026-06-15');
    const june = await office.draft(ann, '2026-06');
    expect(june.lines).toMatchObject([
      { shareBps: 1000, basisMinor: 1000, amountMinor: 100 },
      { shareBps: 3000, basisMinor: 1000, amountMinor: 300 },
    ]);
    await office.issue(june);
    await office.agree(ann, share(2000), '2026-06-15');
    expect(shortly(await office.draft(ann, '2026-07'))).toEqual([
      ['adjustment', '2026-06', -100],
      ['carried_out', 100],
    ]);
  });
});
