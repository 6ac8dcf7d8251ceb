import { expect } from 'vitest';
import { type Problem, problemSchema } from '../src/problem.ts';
import { KeyServer, newKey, token } from './issuer.ts';
import { walletApp } from './wallets.ts';

export type Client = Awaited<ReturnType<typeof startClient>>;

/** The sample app with an issuer of its own, and short ways to ask it as an owner. */
export async function startClient() {
  const key = newKey('ed-1');
  const server = await new KeyServer().start(key);
  const { app, lines } = walletApp(server);
  const mint = (claims = {}) => token(key, { role: 'owner', ...claims });
  const bearer = (claims = {}) => ({ authorization: `Bearer ${mint(claims)}` });
  const json = { 'content-type': 'application/json' };
  return {
    app,
    lines,
    server,
    mint,
    bearer,
    get: async (path: string, headers: Record<string, string> = bearer()) => app.request(path, { headers }),
    post: async (body: string, headers: Record<string, string> = {}) =>
      app.request('/v1/wallets', { method: 'POST', body, headers: { ...bearer(), ...json, ...headers } }),
  };
}

/** The problem in a response, checked to be one. */
export async function refusal(response: Response): Promise<Problem> {
  expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
  const problem = problemSchema.parse(await response.json());
  expect(problem.status).toBe(response.status);
  expect(problem.requestId).toBe(response.headers.get('x-request-id'));
  return problem;
}
