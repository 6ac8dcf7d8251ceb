import { type CloverSandbox, startCloverSandbox } from '@tributary/sandbox/clover';
import pg from 'pg';
import type { CliOptions } from './cli-options.ts';
import { createApiClient } from './demo/api-client.ts';
import { type DemoReport, renderReport } from './demo/report.ts';
import { cloverAccess, cloverAccount, morning, type Post, squareMerchant } from './demo/scenario.ts';
import { startStack } from './stack.ts';
import type { Stack } from './stack-options.ts';

/** Plays a morning of real provider payloads through the stack and prints what became of them. Leaves nothing running. */
export async function demo(options: CliOptions): Promise<number> {
  const { dataDir, port, log, json } = options;
  const clover = await startCloverSandbox({ merchants: [cloverAccount] });
  try {
    log('starting PostgreSQL, SQS, KMS and the functions');
    const settings = { CLOVER_API_URL: clover.url };
    const stack = await startStack({
      dataDir,
      fresh: true,
      persistent: false,
      port,
      settings,
      batchWindowSeconds: 0,
      log: () => undefined,
    });
    try {
      const report = await play(stack, clover, log);
      process.stdout.write(json ? `${JSON.stringify(report)}\n` : renderReport(report));
    } finally {
      await stack.stop();
    }
  } finally {
    await clover.stop();
  }
  return 0;
}

async function play(stack: Stack, clover: CloverSandbox, log: (line: string) => void): Promise<DemoReport> {
  const orgId = await openShop(stack);
  const api = `${stack.gatewayUrl}/v1`;
  const client = createApiClient(api, await stack.token(orgId, 'owner'));
  const config = { conversionRate: 1, maxPointsPerTransaction: 500 };
  const rule = await client.post<{ id: string }>('/reward-rules', { config });
  await client.post(`/reward-rules/${rule.id}/activate`, { effectiveFrom: '2020-01-01T00:00:00Z' });
  log('a shop is open on Square and Clover: 1 point per dollar');

  const statuses = await send(stack, log);
  await stack.drained();
  const deliveries = await countDeliveries(stack, statuses);
  log(`Clover was asked ${clover.requests().length} times`);
  return { deliveries, ...(await readBack(client)), api };
}

/** One organization, connected to both providers as an operator would do it by hand. */
async function openShop(stack: Stack): Promise<string> {
  const square = {
    organization: { name: 'Corner Coffee', timeZone: 'America/New_York' },
    provider: 'square',
    accountRef: squareMerchant,
  };
  const { orgId } = (await stack.invoke('opsConnect', square)) as { orgId: string };
  await stack.invoke('opsConnect', { organization: { id: orgId }, provider: 'clover', ...cloverAccess });
  return orgId;
}

async function send(stack: Stack, log: (line: string) => void): Promise<number[]> {
  const { secrets, settings } = stack;
  const posts = morning({
    squareKey: currentOf(secrets.SquareSignatureKeys),
    squareUrl: settings.SQUARE_NOTIFICATION_URL,
    cloverCode: currentOf(secrets.CloverAuthCodes),
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
async function countDeliveries(stack: Stack, statuses: readonly number[]): Promise<DemoReport['deliveries']> {
  const client = new pg.Client({ connectionString: stack.superuserUrl });
  await client.connect();
  const { rows } = await client.query('select count(*)::int as stored from inbox.deliveries');
  await client.end();
  const acknowledged = statuses.filter((status) => status === 200).length;
  const { stored } = rows[0] as { stored: number };
  return { accepted: stored, duplicate: acknowledged - stored, refused: statuses.length - acknowledged };
}

const deliver = (gatewayUrl: string, { path, headers, body }: Post) =>
  fetch(`${gatewayUrl}${path}`, { method: 'POST', headers, body: new Uint8Array(body) });

/** The first of a list of live keys is the one a provider signs with now. */
const currentOf = (secret: string): string => (JSON.parse(secret) as [string])[0];

interface Wallet {
  id: string;
  customer: { provider: string; externalId: string };
  balance: number;
}

interface Entry {
  type: 'credit' | 'debit';
  points: number;
  balanceAfter: number;
  source: { provider: string; providerTransactionId: string } | null;
}

async function readBack(client: ReturnType<typeof createApiClient>) {
  const transactions = await client.all('/transactions');
  const found = await client.all<Wallet>('/wallets');
  const wallets = found
    .map(({ id, customer, balance }) => ({
      id,
      customer: `${customer.provider}/${customer.externalId}`,
      points: balance,
    }))
    .sort((a, b) => b.points - a.points);
  const first = wallets[0];
  const entries = first ? (await client.all<Entry>(`/wallets/${first.id}/entries`)).reverse() : [];
  return {
    payments: transactions.length,
    wallets,
    entries: entries.map(({ type, points, balanceAfter, source }) => ({
      walletId: first?.id ?? '',
      type,
      points,
      balanceAfter,
      source: source && `${source.provider}/${source.providerTransactionId}`,
    })),
  };
}
