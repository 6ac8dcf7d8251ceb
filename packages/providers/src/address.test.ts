import { describe, expect, it } from 'vitest';
import { requestUrl } from './address.ts';
import { addressOf as cloverAddress } from './clover/address.ts';
import { addressOf as squareAddress } from './square/address.ts';
import { addressOf as xeroAddress } from './xero/address.ts';

describe('where a request goes', () => {
  it.each([
    ['https://api.clover.com/v3/merchants/M1', '', 'https://api.clover.com/v3/merchants/M1'],
    ['https://api.clover.com/v3/merchants/M1', 'payments/P1', 'https://api.clover.com/v3/merchants/M1/payments/P1'],
    ['http://127.0.0.1:8080/square/', 'v2/payments', 'http://127.0.0.1:8080/square/v2/payments'],
  ])('is below %s: %j', (address, path, url) => expect(requestUrl(address, { path }).href).toBe(url));

  it('has its parameters in their order, repeated where there are several', () => {
    const query = { filter: ['modifiedTime>=1', 'modifiedTime<=2'], limit: '3' };
    expect(requestUrl('https://a.invalid', { path: 'p', query }).search).toBe(
      '?filter=modifiedTime%3E%3D1&filter=modifiedTime%3C%3D2&limit=3',
    );
  });
});

describe('an account', () => {
  const access = { apiUrl: 'https://api.invalid', accountRef: 'A1', accessToken: 't' };
  const authorization = 'Bearer t';

  it('is in the token at Square, in the path at Clover, in a header at Xero', () => {
    const url = 'https://api.invalid';
    expect(squareAddress(access)).toEqual({ url, headers: { authorization, 'square-version': '2026-09-16' } });
    expect(cloverAddress(access)).toEqual({ url: `${url}/v3/merchants/A1`, headers: { authorization } });
    expect(xeroAddress(access)).toEqual({ url, headers: { authorization, 'xero-tenant-id': 'A1' } });
  });

  it.each(['..', 'a/b', '', 'a?b'])('of Clover is no address: %j', (accountRef) => {
    expect(() => cloverAddress({ ...access, accountRef })).toThrowError(expect.objectContaining({ kind: 'not_found' }));
  });
});
