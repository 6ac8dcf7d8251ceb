import { pathParameters } from '@tributary/http/registry';
import { beforeAll, describe, expect, it } from 'vitest';
import { keyScopes } from './key-scopes.ts';
import { type Api, startApi } from './test/api.ts';
import { call, caseOf, type Ids, idsOf, unknownIds } from './test/cases.ts';
import { anonymous, callerWithKey } from './test/keys.ts';
import { createMerchant, type Merchant } from './test/merchant.ts';
import { access, routes } from './test/routes.ts';

const operations = routes.map(({ operationId }) => operationId);
const withId = routes
  .filter(({ path }) => pathParameters(path).some((name) => name.endsWith('Id')))
  .map(({ operationId }) => operationId);
const scopeOf = (operationId: string) => access[operationId as keyof typeof access].scope;

let api: Api;
let ours: Merchant;
let theirs: Merchant;
let ourIds: Ids;
let theirIds: Ids;
beforeAll(async () => {
  api = await startApi();
  ours = await createMerchant(api.database);
  theirs = await createMerchant(api.database);
  ourIds = await idsOf(api, ours);
  theirIds = await idsOf(api, theirs);
});
const withKey = (body: object = {}, merchant = ours) => callerWithKey(api, merchant, body);

describe('scopes', () => {
  it('that a key may have are those that routes ask for, but those to make keys and to decide on members', () => {
    const asked = new Set(operations.map(scopeOf));
    const never = ['api-keys:write', 'members:write', 'self:read'];
    expect([...keyScopes]).toEqual([...asked].filter((scope) => !never.includes(scope)).sort());
  });

  describe('decide by themselves', () => {
    let asked = 0;

    it.each(operations)('%s: not with all others, and with its own', async (operationId) => {
      const scope = scopeOf(operationId);
      const others = keyScopes.filter((other) => other !== scope);
      const ask = async (scopes: readonly string[]) => {
        asked += 1;
        return (await call(api, await withKey({ scopes }), caseOf(operationId), ourIds)).status;
      };
      const without = await ask(others);
      const granted = keyScopes.find((one) => one === scope);
      // Every key may ask who it is, none may make another or decide on members.
      if (!granted) expect([scope, without]).toEqual([scope, scope === 'self:read' ? 200 : 403]);
      else {
        expect(without).toBe(403);
        expect([200, 201, 202, 409]).toContain(await ask([granted]));
      }
    });

    it('on every route', () => {
      console.info(`API key scopes: ${asked} questions to ${operations.length} routes by ${keyScopes.length} scopes`);
      const twice = operations.filter((name) => (keyScopes as readonly string[]).includes(scopeOf(name)));
      expect(asked).toBe(operations.length + twice.length);
    });
  });
});

describe('the key of one organization', () => {
  const never = operations.filter((name) => !(keyScopes as readonly string[]).includes(scopeOf(name)));

  it.each(withId)('%s: finds what belongs to others like what does not exist, byte for byte', async (operationId) => {
    const caller = await withKey();
    const nothing = anonymous(await call(api, caller, caseOf(operationId), unknownIds()));
    expect(nothing.status).toBe(never.includes(operationId) ? 403 : 404);
    expect(anonymous(await call(api, caller, caseOf(operationId), theirIds))).toEqual(nothing);
    // Theirs does find it.
    const owner = never.includes(operationId) ? theirs : await withKey({}, theirs);
    expect((await call(api, owner, caseOf(operationId), theirIds)).status).not.toBe(404);
  });
});
