import { readId } from '@tributary/core/ids';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Billing, openBilling, refusal, share } from './billing.fixture.ts';
import { issueInvoice } from './issue-invoice.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

/** An organization with a draft of June for each of as many sub-affiliates. */
async function withDrafts(count: number): Promise<{ office: Billing; drafts: { id: string }[] }> {
  const office = await openBilling(database);
  const names = Array.from({ length: count }, (_, index) => `sub ${index}`);
  for (const name of names) await office.hire(name);
  await office.state(
    '2026-06-10',
    names.map((subId) => ({ subId, commissionMinor: 1000 })),
  );
  return { office, drafts: (await office.draftAll('2026-06')).drafts };
}

type Id = { id: string };

const numbersOf = async ({ orgId }: Billing): Promise<number[]> =>
  (
    await database.superuser.query(
      'select number from affiliate.invoices where org_id = $1 and number is not null order by number',
      [orgId],
    )
  ).rows.map(({ number }) => number);

const oneTo = (count: number) => Array.from({ length: count }, (_, index) => index + 1);

describe('issuing', () => {
  it('twenty at once numbers them from 1 to 20, each once', async () => {
    const { office, drafts } = await withDrafts(20);
    expect(await Promise.all(drafts.map((draft) => refusal(office.issue(draft))))).toEqual(
      drafts.map(() => 'accepted'),
    );
    expect(await numbersOf(office)).toEqual(oneTo(20));
    expect(await office.faults()).toEqual([]);
  });

  it('with half of the transactions given up leaves no gap', async () => {
    const { office, drafts } = await withDrafts(20);
    const abandoned = new Error('given up');
    const outcomes = await Promise.all(
      drafts.map(({ id: invoiceId }, index) =>
        refusal(
          office.as(async (context) => {
            await issueInvoice(context, { invoiceId });
            if (index % 2 === 0) throw abandoned;
          }),
        ),
      ),
    );
    expect(outcomes.filter((outcome) => outcome === abandoned)).toHaveLength(10);
    expect(await numbersOf(office)).toEqual(oneTo(10));
    for (const draft of drafts.filter((_, index) => index % 2 === 0)) await office.issue(draft);
    expect(await numbersOf(office)).toEqual(oneTo(20));
    expect(await office.faults()).toEqual([]);
  });

  it('one draft twenty times at once issues it once', async () => {
    const { office, drafts } = await withDrafts(1);
    const [draft] = drafts as [{ id: string }];
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => refusal(office.issue(draft))));
    expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'illegal_move')).toHaveLength(19);
    expect([await numbersOf(office), await office.faults()]).toEqual([[1], []]);
  });

  it('and voiding, paying and drafting at once keep the books', async () => {
    const { office, drafts } = await withDrafts(4);
    const accepted = ['accepted', 'illegal_move', 'draft_outdated', 'not_found', 'nothing_to_invoice'];
    const moves = drafts.flatMap((draft) => [
      office.issue(draft),
      office.void(draft),
      office.pay(draft),
      office.draftAll('2026-06'),
      office.draftAll('2026-07'),
      office.issue(draft),
      office.void(draft),
    ]);
    for (const outcome of await Promise.all(moves.map(refusal))) expect(accepted).toContain(outcome);
    expect(await office.faults()).toEqual([]);
    const numbers = await numbersOf(office);
    expect(numbers).toEqual(oneTo(numbers.length));
  });

  it('a draft is refused once another of the same sub-affiliate was issued or voided, until it is computed again', async () => {
    const office = await openBilling(database);
    const ann = await office.hire('ann', { rate: share(10_000) });
    await office.state('2026-06-10', [{ subId: 'ann', commissionMinor: 100 }]);
    const june = await office.draft(ann, '2026-06');
    await office.discard(june);
    const july = await office.draft(ann, '2026-07');
    const juneAgain = await office.draft(ann, '2026-06');
    // Both say 100 of June.
    expect([july.totalMinor, juneAgain.totalMinor]).toEqual([100, 100]);
    await office.issue(juneAgain);
    expect(await refusal(office.issue(july))).toBe('draft_outdated');
    expect(await office.draft(ann, '2026-07')).toMatchObject({ id: july.id, totalMinor: 0, lines: [] });
    expect(await refusal(office.issue(july))).toBe('nothing_to_invoice');
    await office.void(juneAgain);
    expect(await refusal(office.issue(july))).toBe('draft_outdated');
    expect(await office.payable(ann)).toBe(0);
  });

  it('and voiding leave a draft in another currency as it was: as good, or out of date', async () => {
    const office = await openBilling(database);
    const dollars = await openBilling(database, { orgId: office.orgId, currency: 'USD' });
    const ann = await office.hire('ann');
    for (const month of ['2026-06', '2026-07'])
      for (const programme of [office, dollars])
        await programme.state(`${month}-10`, [{ subId: 'ann', commissionMinor: 500 }]);
    const draft = async (month: string) =>
      new Map((await office.draftAll(month)).drafts.map((one) => [one.currency, one] as const));
    const [june, july] = [await draft('2026-06'), await draft('2026-07')];
    const [euros, dollarsOfJune, dollarsOfJuly] = [june.get('EUR'), june.get('USD'), july.get('USD')] as [Id, Id, Id];
    await office.void(await office.issue(euros));
    expect(await office.issue(dollarsOfJune)).toMatchObject({ currency: 'USD', status: 'issued' });
    await office.issue((await draft('2026-06')).get('EUR') as Id);
    expect(await refusal(office.issue(dollarsOfJuly))).toBe('draft_outdated');
    for (const one of (await draft('2026-07')).values()) await office.issue(one);
    expect([await office.payable(ann), await office.payable(ann, 'USD'), await office.faults()]).toEqual([
      100,
      100,
      [],
    ]);
  });

  it('waits for the month to be over where the organization is', async () => {
    const { office, drafts } = await withDrafts(1);
    const [draft] = drafts as [{ id: string }];
    await database.superuser.query(`update identity.organizations set time_zone = 'America/New_York' where id = $1`, [
      office.orgId,
    ]);
    expect(await refusal(office.issue(draft, '2026-07-01T03:59:59Z'))).toBe('month_not_over');
    expect(await office.issue(draft, '2026-07-01T04:00:00Z')).toMatchObject({ issuedOn: '2026-07-01' });
  });

  it('is recorded with who did it, and without a name', async () => {
    const { office, drafts } = await withDrafts(1);
    const [draft] = drafts as [{ id: string }];
    await office.issue(draft);
    await office.void(draft);
    const { rows } = await database.superuser.query(
      `select actor, action, reason, before, after from audit.records where org_id = $1 and target_id = $2 order by id`,
      [office.orgId, readId('invoice', draft.id)],
    );
    const said = { number: 1, totalMinor: 100, currency: 'EUR' };
    expect(rows).toEqual([
      {
        ...{ actor: 'fin of finance', action: 'invoice.issue', reason: null },
        ...{ before: { status: 'draft' }, after: { status: 'issued', ...said } },
      },
      {
        ...{ actor: 'fin of finance', action: 'invoice.void', reason: 'a slip' },
        ...{ before: { status: 'issued' }, after: { status: 'void', ...said } },
      },
    ]);
  });

  it.each([
    ['an address', 'ask ann@example.com'],
    ['a number', 'call +1 555 010 0199'],
    ['nothing', ' '],
  ])('is not taken back for a reason with %s in it', async (_what, reason) => {
    const { office, drafts } = await withDrafts(1);
    const [draft] = drafts as [{ id: string }];
    await office.issue(draft);
    expect(await refusal(office.void(draft, reason))).toBe('validation_failed');
  });
});
