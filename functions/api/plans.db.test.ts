import { isPage } from '@tributary/http/page';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { affiliateFilters, crowdAffiliate, type TwoOfEach, valuesADay } from './test/affiliate-crowd.ts';
import { type Api, startApi } from './test/api.ts';
import { caseOf, type Ids, idsOf } from './test/cases.ts';
import { type ConsumerApi, startConsumerApi } from './test/consumer.ts';
import { createCrowd, crowd } from './test/crowd.ts';
import { expectRanges, explain, type Plan, statementOf } from './test/plan.ts';
import { routes } from './test/routes.ts';

/** Two read in a transaction, one asks no database, and one looks through all an organization has for one person. */
const others = ['beginConnect', 'exportAuditRecords', 'getMe', 'exportCustomer'];
const reads = routes.filter(({ method, operationId }) => method === 'GET' && !others.includes(operationId));
/** Sums over all an organization has: they read it all. */
const sums = ['getPointsLiability', 'getCommissionReport'];
/** Sums over the days of a period by what they tell apart. */
const breakdowns = ['listTopBrands', 'listByCampaign', 'listBySource', 'listBySubId'];
/** Little enough to be gathered whole before it is sorted. */
const gathering = ['exportSubAffiliate'];
const unlike = [...sums, ...breakdowns, ...gathering];
const lists = reads
  .filter(({ response, operationId }) => isPage(response) && !unlike.includes(operationId))
  .map(({ operationId }) => operationId);
const objects = reads
  .filter(
    ({ response, operationId }) =>
      gathering.includes(operationId) || (!isPage(response) && !sums.includes(operationId)),
  )
  .map(({ operationId }) => operationId);
const limit = 25;
/** Rows a node may read for a page: three events make a delivery, and one object more than shown is asked for. */
const mostRows = 3 * (limit + 2);

let api: Api;
let caller: { orgId: string };
let neighbour: string;
// Before all: two organizations of that size are most of what this suite takes.
beforeAll(async () => {
  api = await startApi();
  caller = { orgId: await createCrowd(api.database) };
  neighbour = await createCrowd(api.database);
}, 180_000);
afterEach(() => vi.restoreAllMocks());

describe(`with ${crowd} of everything in each of two organizations`, () => {
  let ids: Ids;
  beforeAll(async () => {
    await api.database.superuser.query(
      `insert into sync.reconciliations (org_id, connection_id, day, status, totals, drifts, checked_at)
       select org_id, id, '2026-11-20', 'agrees', '{}', 0, now() from sync.connections`,
    );
    await api.database.superuser.query('vacuum analyze');
    ids = await idsOf(api, caller);
    for (const orgId of [caller.orgId, neighbour]) await crowdAffiliate(api.database, orgId);
    await api.database.superuser.query('vacuum analyze');
  }, 180_000);

  /** People are asked for by the login that knows them. */
  const loginFor = (path: string) => (path.startsWith('/v1/team/') ? 'tributary_identity' : 'tributary_api');

  async function planOf(path: string, body?: object): Promise<Plan[]> {
    const statement = await statementOf(() => (body ? api.post(caller, path, body) : api.get(caller, path)));
    return explain(api.database, { 'app.org_id': caller.orgId, role: loginFor(path) }, statement);
  }

  async function expectRange(path: string, body?: object, most = mostRows) {
    expectRanges(path, await planOf(path, body), most);
  }

  async function cursorBehind(path: string, pages: number): Promise<string> {
    let cursor = '';
    for (let page = 0; page < pages; page += 1) {
      cursor = (await api.get(caller, `${path}?limit=100${cursor && `&cursor=${cursor}`}`)).json.nextCursor;
    }
    return cursor;
  }

  it.each(lists)('%s: its first page is an index range', async (operationId) => {
    await expectRange(`${caseOf(operationId).path(ids)}?limit=${limit}`);
  });

  it.each(lists)('%s: so is a page far behind', async (operationId) => {
    const path = caseOf(operationId).path(ids);
    await expectRange(`${path}?limit=${limit}&cursor=${await cursorBehind(path, 5)}`);
  });

  it('listTransactions: so is one customer, a span of time, and both', async () => {
    const { json } = await api.get(caller, '/v1/transactions?limit=2');
    const path = `/v1/transactions?limit=${limit}`;
    const span = 'from=2026-01-03T00:00:00Z&to=2026-01-04T00:00:00Z';
    for (const { customer } of json.data) await expectRange(`${path}&customerId=${customer.id}`);
    for (const { customer } of json.data) await expectRange(`${path}&customerId=${customer.id}&${span}`);
    await expectRange(`${path}&${span}`);
  });

  it('listRewards: so is one wallet, one status, and both', async () => {
    const path = `/v1/rewards?limit=${limit}`;
    const [{ walletId }] = (await api.get(caller, path)).json.data;
    const other = (await api.get(caller, '/v1/wallets?limit=2')).json.data[1].id;
    for (const filter of [
      'status=issued',
      'status=redeemed',
      'status=deleted',
      `walletId=${walletId}`,
      `walletId=${other}`,
    ]) {
      await expectRange(`${path}&${filter}`);
    }
    await expectRange(`${path}&walletId=${walletId}&status=deleted`);
  });

  it.each(['pending', 'applied', 'ignored', 'quarantined'])('listEvents: so is what is %s', async (status) => {
    await expectRange(`/v1/events?limit=${limit}&status=${status}`);
  });

  it('S1-137 listAuditRecords: so is what one did, what was done to one, and both', async () => {
    const path = `/v1/audit-records?limit=${limit}`;
    await expectRange(`${path}&actor=crowd`);
    await expectRange(`${path}&actor=actor%207`);
    const [{ targetId }] = (await api.get(caller, `${path}&actor=actor%207`)).json.data;
    await expectRange(`${path}&targetId=${targetId}`);
    await expectRange(`${path}&targetId=${targetId}&actor=actor%207`);
  });

  it.each(breakdowns)('%s: reads the days of the period, at the front and behind', async (operationId) => {
    const path = `${caseOf(operationId).path(ids)}&limit=5`;
    const days = 30;
    await expectRange(path, undefined, days * valuesADay);
    const { nextCursor } = (await api.get(caller, path)).json;
    await expectRange(`${path}&cursor=${nextCursor}`, undefined, days * valuesADay);
  });

  describe('a list of the affiliate domain: so is what a filter leaves, be it much or little', () => {
    it.each(affiliateFilters)('%s', async (list, queriesOf) => {
      for (const query of queriesOf(await twoOfEach()))
        await expectRange(`/v1/affiliate/${list}?limit=${limit}&${query}`);
    });

    it('changes of some days: what these have, and no more', async () => {
      const { accounts } = await twoOfEach();
      const [everyOther, days, changed] = [crowd / 2, 300, 31];
      for (const id of accounts)
        await expectRange(
          `/v1/affiliate/changes?limit=${limit}&connectionId=${id}&from=2026-03-01&to=2026-03-31`,
          undefined,
          (everyOther / days) * (changed + 1),
        );
    });

    /** The one that has half of everything, and one that has little. */
    async function twoOfEach(): Promise<TwoOfEach> {
      const newest = async (list: string, name: string): Promise<string[]> =>
        (await api.get(caller, `/v1/affiliate/${list}?limit=2`)).json.data.map(
          (one: Record<string, string>) => one[name],
        );
      return {
        accounts: await newest('accounts', 'connectionId'),
        rules: await newest('rules', 'id'),
        subAffiliates: await newest('sub-affiliates', 'id'),
      };
    }
  });

  it('findCustomer: is a look-up, also of somebody who was merged', async () => {
    for (const value of ['customer 1external', 'customer 7external']) {
      await expectRange('/v1/customer-lookup', { external: { provider: 'square', value } });
    }
  });

  it.each(sums)('%s: is one statement that looks at nothing of others', async (operationId) => {
    const nodes = await planOf(caseOf(operationId).path(ids));
    const read = nodes
      .filter((node) => node['Relation Name'])
      .map((node) => (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0)) * node['Actual Loops']);
    expect(Math.max(...read)).toBeGreaterThan(100);
    for (const rows of read) expect(rows).toBeLessThan(crowd + 700);
  });

  it.each(objects)('%s: is a look-up', async (operationId) => {
    await expectRange(caseOf(operationId).path(ids));
  });
});

const ann = { email: 'ann@example.com', mobile: '+14155550100' };
/** For each entry of a page what says that it is Ann's: at most the four names of hers. */
const mostRowsOfHers = 4 * (limit + 2);

/** After what members read: the customer with the longest ledger of each organization is Ann, by both contacts; hers are points that end on as many days, others' on three. */
const statements = [
  // A customer at each of as many other organizations: one by one they are too many to look through.
  `with known as (
     insert into loyalty.customers (org_id) select id from identity.organizations where name like 'neighbour %' limit ${crowd} returning org_id, id
   ) insert into loyalty.customer_identities (org_id, kind, provider, value, customer_id)
   select org_id, 'email', '', id || '@example.com', id from known`,
  `insert into loyalty.customer_identities (org_id, kind, provider, value, customer_id)
   select longest.org_id, kind, '', value, customer_id
   from (
       select distinct on (w.org_id) w.org_id, w.customer_id from loyalty.wallets w
         join ledger.accounts a on a.org_id = w.org_id and a.id = w.account_id order by w.org_id, a.version desc
     ) longest,
     (values ('email', '${ann.email}'), ('mobile', '${ann.mobile}')) as contact (kind, value)`,
  `insert into ledger.lots (org_id, account_id, ref, amount, remaining, expires_at)
   select w.org_id, w.account_id, uuidv7(), 1, 1, timestamptz '2126-01-01' + interval '1 day' * n
   from loyalty.wallets w
     left join loyalty.customer_identities i on i.org_id = w.org_id and i.customer_id = w.customer_id and i.kind = 'email' and i.value = '${ann.email}',
     generate_series(1, case when i.value is null then 3 else ${crowd} end) n`,
];

describe(`with ${crowd} wallets in each of two organizations, one of them Ann's`, () => {
  let me: ConsumerApi;
  let walletId: string;
  beforeAll(async () => {
    me = startConsumerApi(api);
    for (const statement of statements) await api.database.superuser.query(statement);
    await api.database.superuser.query('vacuum analyze');
    walletId = (await me.get(ann, '/v1/me/wallets')).json.data[0].id;
  });

  async function expectRange(path: string) {
    const contacts = { 'app.consumer_email': ann.email, 'app.consumer_mobile': ann.mobile };
    const statement = await statementOf(() => me.get(ann, path));
    expectRanges(
      path,
      await explain(api.database, { ...contacts, role: 'tributary_consumer' }, statement),
      mostRowsOfHers,
    );
  }

  it('the list begins with the contacts, and reads her wallets alone', async () => {
    await expectRange('/v1/me/wallets');
    const { nextCursor } = (await me.get(ann, '/v1/me/wallets?limit=1')).json;
    await expectRange(`/v1/me/wallets?limit=1&cursor=${nextCursor}`);
  });

  it('one wallet is a look-up', () => expectRange(`/v1/me/wallets/${walletId}`));

  it('entries are an index range, at the front and far behind', async () => {
    const path = `/v1/me/wallets/${walletId}/entries`;
    await expectRange(`${path}?limit=${limit}`);
    let cursor = '';
    for (let page = 0; page < 5; page += 1) {
      cursor = (await me.get(ann, `${path}?limit=100${cursor && `&cursor=${cursor}`}`)).json.nextCursor;
    }
    await expectRange(`${path}?limit=${limit}&cursor=${cursor}`);
  });
});
