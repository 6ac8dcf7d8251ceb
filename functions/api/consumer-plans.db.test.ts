import { beforeAll, describe, it } from 'vitest';
import { type Api, startApi } from './test/api.ts';
import { type ConsumerApi, startConsumerApi } from './test/consumer.ts';
import { createCrowd, crowd } from './test/crowd.ts';
import { expectRanges, explain, statementOf } from './test/plan.ts';

const ann = { email: 'ann@example.com', mobile: '+14155550100' };
const limit = 25;
/** For each entry of a page what says that it is Ann's: at most the four names of hers. */
const mostRows = 4 * (limit + 2);

/** The newest customer of each organization is Ann, by both contacts; hers are points that end on as many days, others' on three. */
const statements = [
  // A customer at each of as many other organizations: one by one they are too many to look through.
  `with known as (
     insert into loyalty.customers (org_id) select id from identity.organizations where name like 'neighbour %' limit ${crowd} returning org_id, id
   ) insert into loyalty.customer_identities (org_id, kind, provider, value, customer_id)
   select org_id, 'email', '', id || '@example.com', id from known`,
  `insert into loyalty.customer_identities (org_id, kind, provider, value, customer_id)
   select newest.org_id, kind, '', value, customer_id
   from (select distinct on (org_id) org_id, customer_id from loyalty.wallets order by org_id, id desc) newest,
     (values ('email', '${ann.email}'), ('mobile', '${ann.mobile}')) as contact (kind, value)`,
  `insert into ledger.lots (org_id, account_id, ref, amount, remaining, expires_at)
   select w.org_id, w.account_id, uuidv7(), 1, 1, timestamptz '2126-01-01' + interval '1 day' * n
   from loyalty.wallets w
     left join loyalty.customer_identities i on i.org_id = w.org_id and i.customer_id = w.customer_id and i.kind = 'email' and i.value = '${ann.email}',
     generate_series(1, case when i.value is null then 3 else ${crowd} end) n`,
];

describe(`with ${crowd} wallets in each of two organizations, one of them Ann's`, () => {
  let api: Api;
  let me: ConsumerApi;
  let walletId: string;
  beforeAll(async () => {
    api = await startApi();
    me = startConsumerApi(api);
    await createCrowd(api.database);
    await createCrowd(api.database);
    for (const statement of statements) await api.database.superuser.query(statement);
    await api.database.superuser.query('vacuum analyze');
    walletId = (await me.get(ann, '/v1/me/wallets')).json.data[0].id;
  });

  async function expectRange(path: string) {
    const contacts = { 'app.consumer_email': ann.email, 'app.consumer_mobile': ann.mobile };
    const statement = await statementOf(() => me.get(ann, path));
    expectRanges(path, await explain(api.database, { ...contacts, role: 'tributary_consumer' }, statement), mostRows);
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
