import pg from 'pg';
import type { Stack } from '../stack-options.ts';
import { type ApiClient, createApiClient } from './api-client.ts';
import { shop } from './merchants.ts';
import { signUpOwner } from './owner.ts';
import { morning, type Post } from './scenario.ts';

/**
 * One organization of somebody who signs up, with room for more connections than the free plan has, the shop's account at Square, as
 * an operator would connect it by hand, and a reward rule set over the API.
 * @returns its id.
 */
export async function openShop(stack: Stack): Promise<string> {
  const orgId = await signUpOwner(stack, { name: 'Corner Coffee', timeZone: 'America/New_York' });
  await stack.invoke('opsPlan', { orgId, plan: 'pro', actor: 'local' });
  await stack.invoke('opsConnect', { organization: { id: orgId }, provider: 'square', accountRef: shop.square });
  const client = await clientOf(stack, orgId);
  const rule = await client.post<{ id: string }>('/reward-rules', {
    config: { conversionRate: 1, maxPointsPerTransaction: 500 },
  });
  await client.post(`/reward-rules/${rule.id}/activate`, { effectiveFrom: '2020-01-01T00:00:00Z' });
  return orgId;
}

/** The API, as the owner of an organization. */
export async function clientOf({ gatewayUrl, token }: Stack, orgId: string): Promise<ApiClient> {
  return createApiClient(`${gatewayUrl}/v1`, await token(orgId, 'owner'));
}

/** The shop a former run has opened on this data, if one has. */
export async function findShop(stack: Stack): Promise<string | null> {
  const sql = `select org_id from sync.routes where provider = 'square' and account_ref = $1`;
  const [row] = await query<{ org_id: string }>(stack, sql, [shop.square]);
  return row?.org_id ?? null;
}

/** Posts a morning's webhooks, signed with the stack's keys. @returns the status of each. */
export async function sendMorning(stack: Stack, log: (line: string) => void): Promise<number[]> {
  const { secrets, settings } = stack;
  const posts = morning({
    squareKey: currentOf(secrets.SquareSignatureKeys),
    squareUrl: settings.SQUARE_NOTIFICATION_URL,
  });
  const statuses: number[] = [];
  for (const post of posts) {
    const { status } = await deliver(stack.gatewayUrl, post);
    statuses.push(status);
    log(`${status} ${post.story}`);
  }
  return statuses;
}

/** A request is answered before anyone knows that it is a copy; what was stored tells them apart. */
export async function countStored(stack: Stack): Promise<number> {
  const [row] = await query<{ stored: number }>(stack, 'select count(*)::int as stored from inbox.deliveries', []);
  return row?.stored ?? 0;
}

async function query<Row>(stack: Stack, sql: string, values: unknown[]): Promise<Row[]> {
  const client = new pg.Client({ connectionString: stack.superuserUrl });
  await client.connect();
  try {
    const { rows } = await client.query(sql, values);
    return rows as Row[];
  } finally {
    await client.end();
  }
}

const deliver = (gatewayUrl: string, { path, headers, body }: Post) =>
  fetch(`${gatewayUrl}${path}`, { method: 'POST', headers, body: new Uint8Array(body) });

/** The first of a list of live keys is the one a provider signs with now. */
const currentOf = (secret: string): string => (JSON.parse(secret) as [string])[0];
