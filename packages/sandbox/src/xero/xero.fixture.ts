import { expect, it } from 'vitest';
import type * as z from 'zod';
import { createVirtualClock, type VirtualClock } from '../kernel/virtual-clock.ts';
import { type BehaviourName, behaviours } from './behaviours.ts';
import { answerSchemas, connectionsSchema, problemSchema, tokenErrorSchema, tokenSchema } from './schemas.ts';
import { createXeroSimulator, type XeroOptions, type XeroSimulator } from './simulator.ts';
import type { TokenSet } from './tokens.ts';

export const startedAt = new Date('2026-11-21T12:00:00.000Z');
export const redirectUri = 'http://127.0.0.1/callback';
export const allScopes = [
  'openid offline_access accounting.contacts.read accounting.settings.read accounting.invoices.read',
  'accounting.payments.read accounting.banktransactions.read',
].join(' ');

/** A test of one behaviour, in its words. */
export const behaves = (name: BehaviourName, test: () => void | Promise<void>, timeoutMs = 5000): void =>
  it(behaviours[name].does, test, timeoutMs);

export interface Stage {
  readonly clock: VirtualClock;
  readonly xero: XeroSimulator;
  /** Asks, and holds every answer against its schema. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  /** Authorises as the user answers: the fields of the redirect. */
  authorize(fields?: Record<string, string>): Promise<URLSearchParams>;
  token(form: Record<string, string>, authorization?: string): Promise<Response>;
  /** Authorises and redeems. */
  connect(scope?: string): Promise<Required<TokenSet>>;
  /** Reads the API for a tenant: the first one unless told. */
  read(path: string, token: string, tenantId?: string, headers?: Record<string, string>): Promise<Response>;
}

export function setStage(options: Partial<XeroOptions> = {}): Stage {
  const clock = createVirtualClock(startedAt);
  const organisations = [{ name: 'Ridge Coffee' }, { name: 'Ridge Bakery' }];
  const xero = createXeroSimulator({ organisations, timeline: clock, ...options });
  const ask: Stage['ask'] = async (path, init) => {
    const response = await xero.fetch(`https://api.xero.invalid${path}`, init);
    await holdAgainstSchema(path, response.clone());
    return response;
  };
  const basic = (secret: string) => `Basic ${Buffer.from(`${xero.app.clientId}:${secret}`).toString('base64')}`;
  const stage: Stage = {
    clock,
    xero,
    ask,
    authorize: async (fields = {}) => {
      const query = new URLSearchParams({
        response_type: 'code',
        client_id: xero.app.clientId,
        redirect_uri: redirectUri,
        scope: allScopes,
        state: 'state of mine',
        ...fields,
      });
      const response = await ask(`/identity/connect/authorize?${query}`);
      return new URL(response.headers.get('location') ?? 'http://nowhere.invalid').searchParams;
    },
    token: (form, authorization = basic(xero.app.clientSecret)) =>
      ask('/connect/token', { method: 'POST', headers: { authorization }, body: new URLSearchParams(form) }),
    connect: async (scope = allScopes) => {
      const code = (await stage.authorize({ scope })).get('code') ?? '';
      const response = await stage.token({ grant_type: 'authorization_code', code, redirect_uri: redirectUri });
      return (await response.json()) as Required<TokenSet>;
    },
    read: (path, token, tenantId = xero.organisations[0]?.id ?? '', headers = {}) =>
      ask(`/api.xro/2.0/${path}`, {
        headers: { authorization: `Bearer ${token}`, 'xero-tenant-id': tenantId, ...headers },
      }),
  };
  return stage;
}

async function holdAgainstSchema(path: string, response: Response): Promise<void> {
  const text = await response.text();
  const schema = schemaOf(path, response.status);
  if (schema === null) return;
  const parsed = schema.safeParse(JSON.parse(text));
  expect(parsed.error?.issues ?? [], path).toEqual([]);
}

function schemaOf(path: string, status: number): z.ZodType | null {
  if (status === 401 || status === 403) return problemSchema;
  if (path.startsWith('/connect/token')) return status === 200 ? tokenSchema : tokenErrorSchema;
  if (status !== 200) return null;
  if (path.startsWith('/connections')) return connectionsSchema;
  const resource = /^\/api\.xro\/2\.0\/(\w+)/.exec(path)?.[1]?.replace(/^Organisation$/, 'Organisations');
  return resource === undefined ? null : answerSchemas[resource as keyof typeof answerSchemas];
}
