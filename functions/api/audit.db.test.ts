import { beforeAll, describe, expect, it } from 'vitest';
import { type Api, callingFrom, startApi } from './test/api.ts';
import { call, cases, idsOf } from './test/cases.ts';
import { createMerchant, type Merchant } from './test/merchant.ts';
import { subjectWith } from './test/people.ts';

let api: Api;
let merchant: Merchant;
beforeAll(async () => {
  api = await startApi();
  merchant = await createMerchant(api.database);
});

const rowsOf = async (text: string) => (await api.database.superuser.query(text, [merchant.orgId])).rows;
const exported = (query: string) => api.get(merchant, `/v1/audit-records/export?${query}`);

describe('whatever a member decides', () => {
  it('is recorded with who it was and from where', async () => {
    const ids = await idsOf(api, merchant);
    // Some of it only somebody may do who is a member.
    const person = await subjectWith(api.database, merchant.orgId, 'owner');
    const writes = Object.values(cases).filter(({ method, body }) => method !== undefined || body !== undefined);
    for (const one of writes) await call(api, merchant, one, ids);
    const { rows: recorded } = await api.database.superuser.query(
      `select distinct action, ip, user_agent as "userAgent" from audit.records where org_id = $1 and actor in ('the-owner', $2)`,
      [merchant.orgId, person],
    );
    const actions = recorded.map(({ action }) => action);
    expect(actions).toEqual(
      expect.arrayContaining([
        ...['api_key.create', 'api_key.revoke', 'connection.authorize', 'connection.connect', 'connection.disconnect'],
        ...['connection.pull', 'customer.merge', 'event.replay', 'rule.activate', 'rule.create', 'tiers.configure'],
        ...['wallet.adjust', 'wallet.freeze', 'wallet.unfreeze'],
      ]),
    );
    const { address: ip, userAgent } = callingFrom;
    expect(recorded).toEqual(actions.map((action) => ({ action, ip, userAgent })));
  });

  it('is shown with it', async () => {
    const { json } = await api.get(merchant, '/v1/audit-records?actor=the-owner&limit=1');
    expect(json.data).toMatchObject([{ ip: callingFrom.address, userAgent: callingFrom.userAgent }]);
  });
});

describe('the export', () => {
  it('is every record in the order of the chain, page by page', async () => {
    const chained = await rowsOf(
      'select encode(hash, $$hex$$) as hash from audit.links where org_id = $1 order by seq',
    );
    let [text, after] = ['', 0 as number | null];
    while (after !== null) {
      const { status, json } = await exported(`after=${after}&limit=3`);
      expect(status).toBe(200);
      text += json.text;
      after = json.nextAfter;
    }
    const hashes = text
      .split('\n')
      .slice(0, -1)
      .map((line) => JSON.parse(line).hash);
    expect(hashes.length).toBeGreaterThan(3);
    expect(hashes).toEqual(chained.map(({ hash }) => hash));
  });

  it('comes as CSV too', async () => {
    const { json } = await exported('format=csv&limit=1');
    expect(json.text.split('\r\n')).toHaveLength(3);
    expect(json.nextAfter).toBe(1);
  });

  it.each(['format=xml', 'after=-1', 'after=x', 'limit=0', 'limit=501', 'cursor=x'])('refuses %s', async (query) => {
    const { status, json } = await exported(query);
    expect([status, json.code]).toEqual([422, 'validation_failed']);
  });
});
