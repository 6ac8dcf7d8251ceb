import { describe, expect, it } from 'vitest';
import { createCall } from '../walk/walk.fixture.ts';
import { addressOf } from './address.ts';
import { resolve } from './resolve.ts';
import { hintAt, merchantId, openShop, sale, start } from './shop.fixture.ts';

describe('an event of Clover', () => {
  it('that an order was deleted says nothing of its payments, and asks nothing', async () => {
    const shop = openShop();
    const event = { ...hintAt('O', 'GONE'), type: 'O:DELETE' };
    expect(await resolve(event, shop.call)).toEqual([]);
    expect(shop.call.asked).toEqual([]);
  });

  it.each(['P', 'O'] as const)('about what does not exist fails for good: %s', async (kind) => {
    const { call } = openShop();
    await expect(resolve(hintAt(kind, 'GONE'), call)).rejects.toMatchObject({ reason: 'provider_not_found' });
  });

  it('is tried again when Clover cannot answer', async () => {
    const shop = openShop();
    const { id } = shop.clover.takePayment(merchantId, sale);
    const stranger = addressOf({ apiUrl: shop.clover.url, accountRef: merchantId, accessToken: 'wrong' });
    const refused = resolve(hintAt('P', id), createCall(stranger, shop.clover.fetch));
    await expect(refused).rejects.toMatchObject({ kind: 'unauthorized' });
    shop.clover.faults.plan({ fault: 'server_error' });
    await expect(resolve(hintAt('P', id), shop.call)).rejects.toMatchObject({ kind: 'unavailable' });
  });

  it.each(['I:UPDATE', 'C:CREATE', 'A:CREATE', 'M:UPDATE'])('says nothing we keep: %s', async (type) => {
    const { call } = openShop();
    const event = { type, payload: { objectId: `${type.split(':')[0]}:X1`, ts: start.getTime() } };
    expect(await resolve(event, call)).toEqual([]);
    expect(call.asked).toEqual([]);
  });

  it('that the app was uninstalled ends the authorization', async () => {
    const event = { type: 'A:DELETE', payload: { objectId: 'A:APP', ts: start.getTime() } };
    expect(await resolve(event, openShop().call)).toEqual([{ kind: 'revocation', provider: 'clover', at: start }]);
  });
});
