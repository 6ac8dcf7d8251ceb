import { memberRole } from '@tributary/core/role';
import { pathParameters } from '@tributary/http/registry';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Answer, type Api, startApi } from './test/api.ts';
import { call, caseOf, cases, type Ids, idsOf, reads, unknownIds } from './test/cases.ts';
import { createMerchant, deliverToAll, type Merchant } from './test/merchant.ts';
import { routes } from './test/routes.ts';

const operations = routes.map(({ operationId }) => operationId);
const withId = routes
  .filter(({ path }) => pathParameters(path).some((name) => name.endsWith('Id')))
  .map(({ operationId }) => operationId);

/** An answer but for what names the request. */
function anonymous({ status, headers, text, json }: Answer) {
  const { 'x-request-id': requestId = '', ...others } = headers;
  expect(json.requestId).toBe(requestId);
  return { status, headers: others, text: text.replace(requestId, '') };
}

describe('who may see what', () => {
  let api: Api;
  let ours: Merchant;
  let theirs: Merchant;
  let ourIds: Ids;
  let theirIds: Ids;
  let shared: string;
  beforeAll(async () => {
    api = await startApi();
    ours = await createMerchant(api.database);
    theirs = await createMerchant(api.database);
    ourIds = await idsOf(api, ours);
    theirIds = await idsOf(api, theirs);
    await deliverToAll(api.database, [ours, theirs]);
    shared = (await idsOf(api, ours)).deliveryId;
  });

  it('has a case for every route, and no other', () => {
    expect(Object.keys(cases).sort()).toEqual([...operations].sort());
  });

  it.each(operations)('%s: the roles that may, and no other', async (operationId) => {
    const refused = [];
    for (const role of memberRole.options) {
      const one = caseOf(operationId);
      const ids = { ...ourIds, ...(await one.anew?.(api, ours.orgId)) };
      const { status, json } = await call(api, { orgId: ours.orgId, role }, one, ids);
      if (status === 403) refused.push(role);
      // 409: the rule is active, the wallet frozen, the reward redeemed, the invitation taken back, since the first of them asked; the owner stays; or it is another's to finish.
      else
        expect([role, [200, 201, 202, 409].includes(status), json?.code ?? null]).toEqual([
          role,
          true,
          status === 409
            ? expect.stringMatching(
                /^(already_frozen|authorization_unknown|conflict|deal_ended|deal_overlaps|draft_outdated|illegal_move|invitation_closed|not_frozen|owner_stays|reward_not_issued|traffic_taken|version_not_later)$/,
              )
            : null,
        ]);
    }
    const may = caseOf(operationId).roles;
    expect(refused).toEqual(memberRole.options.filter((role) => !may.includes(role)));
  });

  it.each(withId)('%s: the object of others answers as one that does not exist, byte for byte', async (operationId) => {
    const ask = (ids: Ids) => call(api, ours, caseOf(operationId), ids);
    const nothing = anonymous(await ask(unknownIds()));
    expect(nothing.status).toBe(404);
    expect(anonymous(await ask(theirIds))).toEqual(nothing);
    expect((await call(api, theirs, caseOf(operationId), theirIds)).status).not.toBe(404);
  });

  it.each(withId)('%s: an id of another kind or of no form names nothing either', async (operationId) => {
    const nothing = anonymous(await call(api, ours, caseOf(operationId), unknownIds()));
    const kindOf = (id: string) => id.slice(0, 3);
    const named = Object.entries(ourIds);
    const swapped = Object.fromEntries(
      named.map(([name, id]) => [name, named.find(([, other]) => kindOf(other) !== kindOf(id))?.[1]]),
    );
    const upper = Object.fromEntries(named.map(([name, id]) => [name, id.toUpperCase()]));
    const [malformed, long] = ['x', 'x'.repeat(100)].map((id) => Object.fromEntries(named.map(([name]) => [name, id])));
    for (const ids of [swapped, upper, malformed, long]) {
      expect(anonymous(await call(api, ours, caseOf(operationId), ids as unknown as Ids))).toEqual(nothing);
    }
  });

  it('a filter by the customer of others finds what one by nobody finds', async () => {
    const [{ customer }] = (await api.get(theirs, '/v1/wallets')).json.data;
    const answers = await Promise.all(
      [customer.id, unknownIds().walletId.replace('wal', 'cus')].map((id) =>
        api.get(ours, `/v1/transactions?customerId=${id}`),
      ),
    );
    expect(answers.map(({ status, text }) => [status, text])).toEqual(
      Array(2).fill([200, '{"data":[],"nextCursor":null}']),
    );
  });

  it('nothing of others is in any answer, not even of a delivery they share', async () => {
    const everything = async (merchant: Merchant, ids: Ids) => {
      const answers = await Promise.all(reads.map((one) => call(api, merchant, one, ids)));
      const delivery = await api.get(merchant, `/v1/deliveries/${shared}`);
      expect(delivery.json.events).toHaveLength(1);
      return [...answers, delivery].map(({ text }) => text).join('\n');
    };
    const idsIn = (text: string) => new Set(text.match(/\b[a-z]{3}_[0-9a-z]{26}\b/g));
    const [mine, other] = [await everything(ours, ourIds), await everything(theirs, theirIds)];
    expect(mine).toContain(ours.canary);
    expect(mine).not.toContain(theirs.canary);
    expect(other).toContain(theirs.canary);
    expect([...idsIn(mine)].filter((id) => idsIn(other).has(id))).toEqual([shared]);
    expect(idsIn(mine).size).toBeGreaterThan(8);
  });

  it('nobody is told an e-mail address or a telephone number, but by what a subject asks for', async () => {
    const shown = reads.filter((one) => one !== caseOf('exportCustomer'));
    const asked = [...shown, caseOf('registerCustomer'), caseOf('findCustomer')];
    const answers = await Promise.all(asked.map((one) => call(api, ours, one, ourIds)));
    const stored = await api.database.superuser.query(
      `select customer_ref ->> 'email' as email, customer_ref ->> 'mobile' as mobile from loyalty.transactions
       where org_id = $1 and customer_ref ? 'mobile'`,
      [ours.orgId],
    );
    expect(stored.rows).toEqual([{ email: 'ann@example.com', mobile: '+14155550100' }]);
    for (const { text } of answers) expect(text).not.toMatch(/(ann|cleo|other)@example\.com|4155550100/);
    expect(answers.some(({ text }) => text.includes('o•••@example.com'))).toBe(true);
  });

  it('the log names the organization and the operation, and nobody else', () => {
    const text = JSON.stringify(api.lines);
    expect(api.lines.length).toBeGreaterThan(50);
    expect(new Set(api.lines.map(({ orgId }) => orgId))).toEqual(new Set([ours.orgId, theirs.orgId]));
    expect(text).not.toContain('canary');
    expect(api.lines.filter(({ status }) => status >= 500)).toEqual([]);
  });
});
