import { afterEach, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { answer, serve } from './loopback.fixture.ts';
import { askForTokens, createTokenCall, endpoint, readCallback } from './token-endpoint.ts';

afterEach(() => vi.restoreAllMocks());

const ask = async (status: number, body: object | string) => {
  const url = new URL(await serve(answer(status, body, { 'retry-after': '7' })));
  const call = createTokenCall({ allowLoopback: true, timeoutMs: 2000 });
  return askForTokens(() =>
    call(url, { method: 'POST', json: {}, schema: z.object({ ok: z.boolean() }), oauth: true }),
  );
};

describe('a token endpoint', () => {
  it.each([
    [400, { error: 'invalid_grant' }],
    [401, { error: 'invalid_grant' }],
    [401, { message: '401 Unauthorized' }],
    [401, ''],
  ])('refuses the merchant by %d %j', async (status, body) => {
    await expect(ask(status, body)).rejects.toMatchObject({ kind: 'unauthorized', status, retryAfterMs: 7000 });
  });

  it.each([
    ['a wrong secret', 400, { error: 'invalid_client' }, 'invalid_response'],
    ['a wrong secret', 401, { error: 'invalid_client' }, 'invalid_response'],
    ['an application that may not', 401, { error: 'unauthorized_client' }, 'invalid_response'],
    ['a wrong scope', 400, { error: 'invalid_scope' }, 'invalid_response'],
    ['a request not understood', 400, { error: 'invalid_request' }, 'invalid_response'],
    ['a request not understood', 400, '', 'invalid_response'],
    ['a firewall', 403, '<html></html>', 'unavailable'],
    ['a gateway that quotes', 503, { error: 'invalid_grant' }, 'unavailable'],
    ['a wrong address', 404, { error: 'invalid_grant' }, 'not_found'],
    ['haste', 429, { error: 'invalid_grant' }, 'rate_limited'],
    ['a redirect', 302, { error: 'invalid_grant' }, 'invalid_response'],
    ['HTML with 200', 200, '<html></html>', 'invalid_response'],
    ['nothing with 200', 200, '', 'invalid_response'],
  ])('does not refuse the merchant by %s: %d %j', async (_name, status, body, kind) => {
    await expect(ask(status, body)).rejects.toMatchObject({ kind });
  });

  it('does not refuse the merchant by a credential that no header can hold', async () => {
    const call = createTokenCall({ allowLoopback: true });
    const headers = { authorization: 'Basic \nx' };
    const asked = askForTokens(() => call(new URL('https://provider.invalid'), { headers, schema: z.unknown() }));
    await expect(asked).rejects.toMatchObject({ kind: 'invalid_response', status: null });
  });

  it('has 20 seconds to answer', async () => {
    const timeout = vi.spyOn(AbortSignal, 'timeout');
    const call = createTokenCall({ allowLoopback: true });
    await call(new URL(await serve(answer(200, {}))), { method: 'POST', json: {}, schema: z.unknown() });
    expect(timeout.mock.calls).toEqual([[20_000]]);
  });
});

describe('a redirect', () => {
  const schema = z.object({ code: z.string().min(1) });

  it('says what is asked of it', () => {
    expect(readCallback(schema, { code: 'C', state: 'S' })).toEqual({ code: 'C' });
  });

  it.each([
    [{ error: 'access_denied', error_description: 'canary' }, 'unauthorized', 'access_denied'],
    [{ error: 'access_denied', code: 'C' }, 'unauthorized', 'access_denied'],
    [{ error: 'invalid_scope' }, 'invalid_response', 'invalid_scope'],
    [{ error: 'canary' }, 'invalid_response', null],
    [{ error: '' }, 'invalid_response', null],
    [{ state: 'canary' }, 'invalid_response', null],
    [{ code: '' }, 'invalid_response', null],
  ])('that says %j brings no code', (callback: Record<string, string>, kind, oauthError) => {
    const read = () => readCallback(schema, callback);
    expect(read).toThrow(expect.objectContaining({ kind, oauthError }));
    expect(read).not.toThrow(/canary/);
  });
});

describe('an address', () => {
  it.each([
    ['https://api.clover.com', 'https://api.clover.com/oauth/v2/token'],
    ['http://127.0.0.1:80/clover', 'http://127.0.0.1/clover/oauth/v2/token'],
    ['http://127.0.0.1:80/clover/', 'http://127.0.0.1/clover/oauth/v2/token'],
  ])('is below %s', (base, expected) => {
    expect(endpoint(base, 'oauth/v2/token').href).toBe(expected);
  });

  it('has the parameters that are told', () => {
    const { search } = endpoint('https://x.example', 'a', { state: 'a&b', code_challenge: undefined, scope: 'x y' });
    expect(search).toBe('?state=a%26b&scope=x+y');
  });
});
