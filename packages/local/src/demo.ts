import type { CliOptions } from './cli-options.ts';
import type { ApiClient } from './demo/api-client.ts';
import { type Connection, connectShop, type Run, tellFirstPulls } from './demo/connect.ts';
import { runProgramme } from './demo/programme.ts';
import { type DemoReport, renderReport } from './demo/report.ts';
import { clientOf, countStored, openShop, sendMorning } from './demo/shop.ts';
import { sellAtTills } from './demo/tills.ts';
import { type Place, startPlace } from './simulators.ts';
import type { StackOptions } from './stack-options.ts';

/** Connects a shop and an affiliate network, plays a morning of real provider payloads through the stack and prints what became of them. Leaves nothing running. */
export async function demo(options: CliOptions): Promise<number> {
  const report = await runDemo(options);
  process.stdout.write(options.json ? `${JSON.stringify(report)}\n` : renderReport(report));
  return 0;
}

/** @throws when the story does not happen as it is told. */
export async function runDemo({
  dataDir,
  port,
  bundle,
  log,
}: Pick<CliOptions, 'dataDir' | 'port' | 'log'> & Pick<StackOptions, 'bundle'>): Promise<DemoReport> {
  log('starting PostgreSQL, SQS, KMS, the functions, and simulators of Square, Clover, Xero and affiliate networks');
  const place = await startPlace({
    dataDir,
    port,
    ...(bundle && { bundle }),
    fresh: true,
    persistent: false,
    batchWindowSeconds: 0,
    retryVisibilitySeconds: 1,
    // What the functions log would drown the story; a failure still ends the demo.
    log: () => undefined,
  });
  try {
    return await play(place, log);
  } finally {
    await place.stack.stop();
  }
}

async function play(place: Place, log: (line: string) => void): Promise<DemoReport> {
  const { stack } = place;
  await stack.drained();
  // What Xero tries an address with is stored too.
  const storedBefore = await countStored(stack);
  const client = await clientOf(stack, await openShop(stack));
  log('a shop opens: 1 point per dollar');
  const connected = await connectShop(client);
  await tellFirstPulls(place, client, connected, log);
  const morning = await sendMorning(stack, log);
  await stack.drained();
  const statuses = [...morning, ...(await sellAtTills(place, client, connected, log))];
  const campaigns = await runProgramme(place, client, log);
  const acknowledged = statuses.filter((status) => status === 200).length;
  const accepted = (await countStored(stack)) - storedBefore;
  const deliveries = { accepted, duplicate: acknowledged - accepted, refused: statuses.length - acknowledged };
  const polled = await countPolled(client, Object.values(connected));
  return { deliveries, polled, ...(await readBack(client)), campaigns, api: `${stack.gatewayUrl}/v1` };
}

async function countPolled(client: ApiClient, connections: readonly Connection[]): Promise<DemoReport['polled']> {
  const polled: DemoReport['polled'] = {};
  for (const { id, provider } of connections) {
    const runs = await client.all<Run>(`/connections/${id}/runs`);
    polled[provider] = runs.reduce((sum, { changed }) => sum + changed, 0);
  }
  return polled;
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

async function readBack(client: ApiClient): Promise<Pick<DemoReport, 'payments' | 'wallets' | 'entries'>> {
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
