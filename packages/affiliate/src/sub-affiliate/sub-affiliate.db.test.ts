import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { openBilling, refusal, share } from '../invoice/billing.fixture.ts';
import { getSubAffiliate } from './get-sub-affiliate.ts';
import { listSubAffiliates } from './list-sub-affiliates.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

describe('a sub-affiliate', () => {
  it('S0-011 has a name, an address, terms and traffic', async () => {
    const office = await openBilling(database);
    const id = await office.hire('ann', { email: 'Ann@Example.com' }, { connectionId: office.connectionId });
    await office.agree(id, { kind: 'cpa', cpaMinor: 5000, currency: 'USD' }, '2026-07-01');
    expect(await getSubAffiliate(office.context, { subAffiliateId: id })).toMatchObject({
      ...{ id, name: 'ann', email: 'ann@example.com', paymentTerms: 'net30', carriesNegative: true, status: 'active' },
      terms: [
        {
          version: 2,
          effectiveFrom: '2026-07-01',
          rate: { kind: 'cpa', shareBps: null, cpaMinor: 5000, currency: 'USD' },
        },
        {
          version: 1,
          effectiveFrom: '2026-01-01',
          rate: { kind: 'share', shareBps: 1000, cpaMinor: null, currency: null },
        },
      ],
      traffic: [
        {
          connectionId: office.connectionId,
          ...{ dimension: 'sub_id', value: 'ann', isPrefix: false, fromDay: '2026-01-01', untilDay: null },
        },
      ],
    });
  });

  it('is changed in what is given, and recorded without name and address', async () => {
    const office = await openBilling(database);
    const id = await office.hire('ann', { email: 'ann@example.com' });
    expect(await office.update(id, { name: 'Ann Ltd', email: null, paymentTerms: 'net7' })).toMatchObject({
      ...{ name: 'Ann Ltd', email: null, paymentTerms: 'net7', carriesNegative: true },
    });
    const { rows } = await database.superuser.query(
      'select action, after from audit.records where org_id = $1 order by id',
      [office.orgId],
    );
    expect(rows.map(({ action }) => action)).toEqual([
      'sub_affiliate.create',
      'sub_affiliate.claim_traffic',
      'sub_affiliate.update',
    ]);
    expect(rows.at(-1).after).toEqual({ paymentTerms: 'net7', changed: ['name', 'email', 'paymentTerms'] });
    expect(JSON.stringify(rows)).not.toMatch(/Ann Ltd|example/);
  });

  it('is listed, the newest first, each once over the pages', async () => {
    const office = await openBilling(database);
    for (const name of ['ann', 'bob', 'cleo']) await office.hire(name);
    const first = await listSubAffiliates(office.context, { limit: 2 });
    const rest = await listSubAffiliates(office.context, { limit: 2, after: first.at(-1)?.position });
    expect([...first, ...rest].map(({ item }) => item.name)).toEqual(['cleo', 'bob', 'ann']);
    const [cleo] = first;
    await office.update(cleo?.item.id as string, { status: 'archived' });
    const active = await listSubAffiliates(office.context, { limit: 9, status: 'active' });
    expect(active.map(({ item }) => item.name)).toEqual(['bob', 'ann']);
  });

  it.each([
    ['a share above all of it', { rate: share(10_001) }, 'rate.shareBps'],
    ['half a hundredth of a percent', { rate: share(0.5) }, 'rate.shareBps'],
    ['a currency that is none', { rate: { kind: 'cpa' as const, cpaMinor: 1, currency: 'QQQ' } }, 'rate.currency'],
    ['no name', { name: ' ' }, 'name'],
    ['an address that is none', { email: 'ann' }, 'email'],
    ['a day that is none', { effectiveFrom: '2026-02-30' }, 'effectiveFrom'],
  ])('is refused with %s', async (_what, said, path) => {
    const office = await openBilling(database);
    await expect(office.hire('ann', said)).rejects.toMatchObject({ code: 'validation_failed', issues: [{ path }] });
  });

  it('is nobody else’s', async () => {
    const [ours, theirs] = [await openBilling(database), await openBilling(database)];
    const [ann, bob] = [await theirs.hire('ann'), await ours.hire('bob')];
    const trafficOf = async (office: typeof ours, subAffiliateId: string) =>
      (await getSubAffiliate(office.context, { subAffiliateId })).traffic[0]?.id as string;
    expect(await refusal(getSubAffiliate(ours.context, { subAffiliateId: ann }))).toBe('not_found');
    expect(await refusal(ours.update(ann, { name: 'mine' }))).toBe('not_found');
    expect(await refusal(ours.agree(ann, share(1), '2026-01-01'))).toBe('not_found');
    expect(await refusal(ours.claim(ann, { value: 'y' }))).toBe('not_found');
    expect(await refusal(ours.claim(bob, { connectionId: theirs.connectionId }))).toBe('not_found');
    expect(await refusal(ours.release(bob, await trafficOf(theirs, ann), '2026-02-01'))).toBe('not_found');
    expect(await listSubAffiliates(ours.context, { limit: 9 })).toHaveLength(1);
  });
});

describe('traffic', () => {
  it('that is claimed is taken for the same days, by whomever, and free again after it was released', async () => {
    const office = await openBilling(database);
    const [ann, bob] = [await office.hire('ann'), await office.hire('bob')];
    expect(await refusal(office.claim(bob, { value: 'ann', fromDay: '2026-06-01' }))).toBe('traffic_taken');
    expect(await refusal(office.claim(ann, { value: 'ann', fromDay: '2025-06-01' }))).toBe('traffic_taken');
    const [claim] = (await getSubAffiliate(office.context, { subAffiliateId: ann })).traffic;
    await office.release(ann, claim?.id as string, '2026-05-31');
    expect(await refusal(office.release(ann, claim?.id as string, '2026-05-30'))).toBe('conflict');
    expect(await refusal(office.claim(bob, { value: 'ann', fromDay: '2026-05-31' }))).toBe('traffic_taken');
    await office.claim(bob, { value: 'ann', fromDay: '2026-06-01' });
    for (const day of ['2026-05-31', '2026-06-01']) await office.state(day, [{ subId: 'ann', commissionMinor: 1000 }]);
    const { drafts } = await office.draftAll('2026-06');
    expect(drafts.map(({ subAffiliateId, totalMinor }) => [subAffiliateId, totalMinor]).sort()).toEqual(
      [
        [ann, 100],
        [bob, 100],
      ].sort(),
    );
  });

  it('twenty who claim the same at once: one has it', async () => {
    const office = await openBilling(database);
    const ids = await Promise.all(Array.from({ length: 20 }, (_, index) => office.hire(`sub ${index}`)));
    const outcomes = await Promise.all(ids.map((id) => refusal(office.claim(id, { value: 'wanted', isPrefix: true }))));
    expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === 'traffic_taken')).toHaveLength(19);
  });

  it('may be released as if it never had been theirs, but not before that', async () => {
    const office = await openBilling(database);
    const ann = await office.hire('ann');
    const [claim] = (await getSubAffiliate(office.context, { subAffiliateId: ann })).traffic;
    expect(await refusal(office.release(ann, claim?.id as string, '2025-12-30'))).toBe('validation_failed');
    await office.release(ann, claim?.id as string, '2025-12-31');
    await office.state('2026-06-01', [{ subId: 'ann', commissionMinor: 1000 }]);
    expect(await office.drafts(ann, '2026-06')).toBe(0);
    await office.claim(ann, { value: 'ann' });
    expect(await office.drafts(ann, '2026-06')).toBe(1);
  });

  it.each([
    ['begins with a source', { dimension: 'source' as const, isPrefix: true }, 'claim.isPrefix'],
    ['is nothing', { value: '' }, 'claim.value'],
  ])('that %s is refused', async (_what, claim, path) => {
    const office = await openBilling(database);
    await expect(office.hire('ann', {}, claim)).rejects.toMatchObject({ issues: [{ path }] });
  });
});
