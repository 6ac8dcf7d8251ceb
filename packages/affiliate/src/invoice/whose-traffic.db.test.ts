import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { getSubAffiliate } from '../sub-affiliate/get-sub-affiliate.ts';
import { type Billing, openBilling, refusal, share } from './billing.fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

/** An organization where ann, bob and cleo get all of what is theirs. */
async function openOffice(): Promise<{ office: Billing; ids: Record<'ann' | 'bob' | 'cleo', string> }> {
  const office = await openBilling(database);
  const hire = (name: string) => office.hire(name, { rate: share(10_000) }, { value: `no sub id of ${name}` });
  return { office, ids: { ann: await hire('ann'), bob: await hire('bob'), cleo: await hire('cleo') } };
}

async function earnedIn(office: Billing, month: string, ids: Readonly<Record<string, string>>) {
  const { drafts } = await office.draftAll(month);
  const earned = new Map(drafts.map(({ subAffiliateId, totalMinor }) => [subAffiliateId, totalMinor]));
  return Object.fromEntries(Object.entries(ids).map(([name, id]) => [name, earned.get(id) ?? 0]));
}

const whole = { dimension: 'sub_id', isPrefix: false } as const;
const beginning = { dimension: 'sub_id', isPrefix: true } as const;
const source = { dimension: 'source' } as const;
const campaign = { dimension: 'campaign' } as const;

describe('a fact that several claim', () => {
  it.each([
    ['a whole sub id before a beginning', { ...whole, value: 'red' }, { ...beginning, value: 'red' }],
    ['the longer beginning before the shorter', { ...beginning, value: 'red' }, { ...beginning, value: 'r' }],
    ['a beginning of a sub id before a source', { ...beginning, value: 'r' }, { ...source, value: 'web' }],
    ['a source before a campaign', { ...source, value: 'web' }, { ...campaign, value: 'fall' }],
    ['one connection before all', { ...whole, value: 'red', connectionId: 'this' }, { ...whole, value: 'red' }],
  ])('goes by %s, whoever came first', async (_rule, stronger, weaker) => {
    const { office, ids } = await openOffice();
    const here = <Claim extends object>(claim: Claim) =>
      'connectionId' in claim ? { ...claim, connectionId: office.connectionId } : claim;
    await office.claim(ids.ann, here(weaker));
    await office.claim(ids.bob, here(stronger));
    await office.state('2026-06-10', [{ subId: 'red', source: 'web', campaign: 'fall', commissionMinor: 7 }]);
    expect(await earnedIn(office, '2026-06', ids)).toEqual({ ann: 0, bob: 7, cleo: 0 });
  });

  it('of another connection is not claimed by who claims this one', async () => {
    const { office, ids } = await openOffice();
    const other = await openBilling(database, { orgId: office.orgId });
    await office.claim(ids.ann, { ...whole, value: 'red', connectionId: office.connectionId });
    await office.state('2026-06-10', [{ subId: 'red', commissionMinor: 7 }]);
    await other.state('2026-06-10', [{ subId: 'red', commissionMinor: 100 }]);
    expect(await earnedIn(office, '2026-06', ids)).toEqual({ ann: 7, bob: 0, cleo: 0 });
  });

  it('moves to whom a more particular claim is given later, also of months that were invoiced', async () => {
    const { office, ids } = await openOffice();
    await office.claim(ids.ann, { ...beginning, value: 'r' });
    await office.state('2026-06-10', [{ subId: 'red', commissionMinor: 7 }]);
    await office.bill(ids.ann, '2026-06');
    await office.claim(ids.bob, { ...whole, value: 'red' });
    const ann = await office.draft(ids.ann, '2026-07');
    const bob = await office.draft(ids.bob, '2026-07');
    expect([ann, bob].map(({ lines }) => lines[0])).toMatchObject([
      { kind: 'adjustment', month: '2026-06', amountMinor: -7 },
      { kind: 'commission', month: '2026-06', amountMinor: 7 },
    ]);
  });
});

type Name = 'ann' | 'bob' | 'cleo';
const letters = fc.string({ unit: fc.constantFrom('a', 'b', '%', '_', '\\'), minLength: 1, maxLength: 3 });
const dayOfJune = fc.integer({ min: 1, max: 30 }).map((day) => `2026-06-${String(day).padStart(2, '0')}`);
const claims = fc.array(
  fc
    .record({
      who: fc.constantFrom<Name>('ann', 'bob', 'cleo'),
      dimension: fc.constantFrom('sub_id' as const, 'source' as const, 'campaign' as const),
      value: letters,
      isPrefix: fc.boolean(),
      fromDay: dayOfJune,
      /** Null: to this day. */
      untilDay: fc.option(dayOfJune),
    })
    .filter(({ fromDay, untilDay }) => untilDay === null || untilDay >= fromDay)
    .map((claim) => ({ ...claim, isPrefix: claim.isPrefix && claim.dimension === 'sub_id' })),
  { maxLength: 8 },
);
const facts = fc.uniqueArray(
  fc.record({
    ...{ day: dayOfJune, subId: letters, source: letters, campaign: letters },
    commissionMinor: fc.integer({ min: 0, max: 1000 }),
  }),
  { maxLength: 25, selector: ({ day, subId, source, campaign }) => [day, subId, source, campaign].join('\0') },
);

type Claim = (typeof claims extends fc.Arbitrary<infer Claims> ? Claims : never) extends (infer One)[] ? One : never;
type Fact = (typeof facts extends fc.Arbitrary<infer Facts> ? Facts : never) extends (infer One)[] ? One : never;

const namesIn = { sub_id: 'subId', source: 'source', campaign: 'campaign' } as const;
const order = ['sub_id', 'source', 'campaign'];

/** Whose a fact is, the slow way: the strongest of all claims that fit. */
function ownerOf(fact: Fact, accepted: readonly Claim[]): Name | undefined {
  const fitting = accepted.filter((claim) => {
    const name = fact[namesIn[claim.dimension]];
    const covers = fact.day >= claim.fromDay && fact.day <= (claim.untilDay ?? fact.day);
    return covers && (claim.isPrefix ? name.startsWith(claim.value) : name === claim.value);
  });
  const strength = (claim: Claim) =>
    [9 - order.indexOf(claim.dimension), claim.isPrefix ? 0 : 1, claim.value.length].join(' ');
  return fitting.sort((a, b) => (strength(a) < strength(b) ? 1 : -1))[0]?.who;
}

it('each fact is earned by one sub-affiliate at most, the one whose claim is the most particular', async () => {
  await fc.assert(
    fc.asyncProperty(claims, facts, async (wanted, told) => {
      const { office, ids } = await openOffice();
      const accepted: Claim[] = [];
      for (const { who, untilDay, ...claim } of wanted) {
        const outcome = await refusal(office.claim(ids[who], claim));
        expect(['accepted', 'traffic_taken']).toContain(outcome);
        if (outcome !== 'accepted') continue;
        accepted.push({ who, untilDay, ...claim });
        const { traffic } = await getSubAffiliate(office.context, { subAffiliateId: ids[who] });
        if (untilDay !== null) await office.release(ids[who], traffic.at(-1)?.id as string, untilDay);
      }
      for (const [day, rows] of Map.groupBy(told, (fact) => fact.day)) await office.state(day, rows);
      const expected = { ann: 0, bob: 0, cleo: 0 };
      for (const fact of told) {
        const owner = ownerOf(fact, accepted);
        if (owner) expected[owner] += fact.commissionMinor;
      }
      expect(await earnedIn(office, '2026-06', ids)).toEqual(expected);
    }),
    { numRuns: 25 },
  );
});
