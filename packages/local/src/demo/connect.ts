import type { Place } from '../simulators.ts';
import type { ApiClient } from './api-client.ts';
import { shop } from './merchants.ts';

export interface Connection {
  id: string;
  provider: keyof typeof shop;
}

/** One pull of what an account has. */
export interface Run {
  trigger: 'connect' | 'operator' | 'schedule';
  status: string;
  reason: string | null;
  objects: number;
  changed: number;
}

/** Of several accounts one has to be chosen. */
type Finished = { connections: [Connection] } | { authorizationId: string };

type Connected = Record<keyof typeof shop, Connection>;

/** Connects the shop at each provider. @throws when one does not let us in */
export async function connectShop(client: ApiClient): Promise<Connected> {
  const square = await authorize(client, 'square');
  const clover = await authorize(client, 'clover');
  return { square, clover, xero: await authorize(client, 'xero') };
}

/** Tells what the first pulls found. @throws when one has not come to its end */
export async function tellFirstPulls(
  { stack }: Place,
  client: ApiClient,
  connected: Connected,
  log: (line: string) => void,
) {
  await stack.drained();
  log(`Square lets us in; the first sync finds ${await firstPull(client, connected.square)}: a sale from before`);
  log(`Clover lets us in; the first sync finds ${await firstPull(client, connected.clover)}: an order and its payment`);
  log(`Xero lets us in, one organisation of two; its first sync caches ${await firstPull(client, connected.xero)}`);
}

/** As a browser does: to the provider's page, where somebody says yes, and back with what the page's address says then. */
async function authorize(client: ApiClient, provider: keyof typeof shop): Promise<Connection> {
  const { authorizeUrl } = await client.get<{ authorizeUrl: string }>(`/connect/${provider}`);
  const consented = await fetch(authorizeUrl, { redirect: 'manual' });
  const parameters = Object.fromEntries(new URL(consented.headers.get('location') ?? '').searchParams);
  const finished = await client.post<Finished>(`/connect/${provider}/callback`, { parameters });
  if ('connections' in finished) return finished.connections[0];
  const chosen = { authorizationId: finished.authorizationId, accountRefs: [shop[provider]] };
  return (await client.post<{ connections: [Connection] }>(`/connect/${provider}/choose`, chosen)).connections[0];
}

async function firstPull(client: ApiClient, connection: Connection): Promise<string> {
  const { objects } = await lastPull(client, connection, 'connect');
  return objects === 1 ? '1 object' : `${objects} objects`;
}

/** The newest run of a connection that came about so. @throws when there is none, or it has not come to its end */
export async function lastPull(client: ApiClient, { id, provider }: Connection, trigger: Run['trigger']): Promise<Run> {
  const runs = await client.all<Run>(`/connections/${id}/runs`);
  const run = runs.find((one) => one.trigger === trigger);
  if (run?.status === 'success') return run;
  throw new Error(`Pulling from ${provider} (${trigger}) ended in ${run?.status}, ${run?.reason}.`);
}
