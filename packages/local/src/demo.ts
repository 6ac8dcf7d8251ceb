import { startCloverSandbox } from '@tributary/sandbox/clover/start-clover';
import type { CliOptions } from './cli-options.ts';
import { createApiClient } from './demo/api-client.ts';
import { type DemoReport, renderReport } from './demo/report.ts';
import { cloverAccount } from './demo/scenario.ts';
import { countStored, openShop, sendMorning } from './demo/shop.ts';
import { startStack } from './stack.ts';
import type { Stack } from './stack-options.ts';

/** Plays a morning of real provider payloads through the stack and prints what became of them. Leaves nothing running. */
export async function demo(options: CliOptions): Promise<number> {
  const { dataDir, port, log, json } = options;
  const clover = await startCloverSandbox({ merchants: [cloverAccount] });
  try {
    log('starting PostgreSQL, SQS, KMS and the functions');
    const stack = await startStack({
      dataDir,
      port,
      fresh: true,
      persistent: false,
      settings: { CLOVER_ENVIRONMENT: clover.url },
      batchWindowSeconds: 0,
      retryVisibilitySeconds: 1,
      // What the functions log would drown the story; a failure still ends the demo.
      log: () => undefined,
    });
    try {
      const report = await play(stack, log);
      process.stdout.write(json ? `${JSON.stringify(report)}\n` : renderReport(report));
    } finally {
      await stack.stop();
    }
  } finally {
    await clover.stop();
  }
  return 0;
}

async function play(stack: Stack, log: (line: string) => void): Promise<DemoReport> {
  const orgId = await openShop(stack);
  log('a shop is open on Square and Clover: 1 point per dollar');
  const statuses = await sendMorning(stack, log);
  await stack.drained();
  const acknowledged = statuses.filter((status) => status === 200).length;
  const accepted = await countStored(stack);
  const deliveries = { accepted, duplicate: acknowledged - accepted, refused: statuses.length - acknowledged };
  const api = `${stack.gatewayUrl}/v1`;
  return { deliveries, ...(await readBack(api, await stack.token(orgId, 'owner'))), api };
}

interface Wallet {
  id: string;
  customer: { identities: { kind: string; provider?: string; value: string }[] };
  balance: number;
}

interface Entry {
  type: 'credit' | 'debit';
  points: number;
  balanceAfter: number;
  source: { provider: string; providerTransactionId: string } | null;
}

async function readBack(api: string, token: string): Promise<Omit<DemoReport, 'deliveries' | 'api'>> {
  const client = createApiClient(api, token);
  const transactions = await client.all('/transactions');
  const wallets = (await client.all<Wallet>('/wallets'))
    .map(({ id, customer, balance }) => ({
      id,
      customer: customer.identities.map(({ kind, provider = kind, value }) => `${provider}/${value}`).join(', '),
      points: balance,
    }))
    .sort((a, b) => b.points - a.points);
  const [first] = wallets;
  const entries = first ? await client.all<Entry>(`/wallets/${first.id}/entries`) : [];
  return {
    payments: transactions.length,
    wallets,
    entries: entries.reverse().map(({ type, points, balanceAfter, source }) => ({
      walletId: first?.id ?? '',
      type,
      points,
      balanceAfter,
      source: source && `${source.provider}/${source.providerTransactionId}`,
    })),
  };
}
