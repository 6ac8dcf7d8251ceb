import { randomUUID } from 'node:crypto';
import type { OAuthClient } from '@tributary/core/token-set';
import type { RetryCause } from '@tributary/inbox/apply';
import { resumableEvents } from '@tributary/inbox/pending';
import { createCloverOAuth } from '@tributary/providers/clover/oauth';
import { createGuardedCall } from '@tributary/providers/fetch/guarded-fetch';
import { createSquareOAuth } from '@tributary/providers/square/oauth';
import { createXeroOAuth } from '@tributary/providers/xero/oauth';
import type { IngestMessage } from '@tributary/queue/message';
import { type CloverSandbox, createCloverSandbox } from '@tributary/sandbox/clover/clover-sandbox';
import type { VirtualClock } from '@tributary/sandbox/kernel/virtual-clock';
import { createSquareSandbox, type SquareSandbox } from '@tributary/sandbox/square/sandbox';
import { createXeroSimulator, type XeroSimulator } from '@tributary/sandbox/xero/simulator';
import { createBudgets } from '@tributary/sync/budget/budgets';
import type { Shop, Vault } from '@tributary/sync/credential/credential.fixture';
import type { ProviderName } from '@tributary/sync/credential/providers.fixture';
import type { SQSEvent } from 'aws-lambda';
import { vi } from 'vitest';
import { createProviderCalls } from '../runtime/provider-calls.ts';
import { ofEach, providers } from '../runtime/providers.ts';
import { createApplyEventFacts } from '../runtime/registry.ts';
import { asBase64, request } from '../runtime/webhook.fixture.ts';
import { createCloverWebhook } from '../webhooks/clover.ts';
import { createSquareWebhook } from '../webhooks/square.ts';
import { createXeroWebhook } from '../webhooks/xero.ts';
import { createIngest } from './ingest.ts';

const redirectUrl = 'http://127.0.0.1/callback';
const authCode = '0307e264-b33a-4913-88aa-37b10014a0b8';
/** Who lets us in at Xero. */
export const xeroUser = '5d0b2b5c-6a3c-4c33-b3a8-0f6b0a3c9b11';
const webhookUrl = (provider: ProviderName) => `https://hooks.example.com/webhooks/${provider}`;

/** The three providers, what receives their webhooks, and the queue in between. */
export interface Stand {
  square: SquareSandbox;
  clover: CloverSandbox;
  xero: XeroSimulator;
  oauth: Readonly<Record<ProviderName, OAuthClient>>;
  retried: RetryCause[];
  /** An organization whose account there is connected, as of now. */
  open(provider: ProviderName): Promise<Shop>;
  /** Somebody lets us in again. */
  authorize(provider: ProviderName): ReturnType<OAuthClient['exchange']>;
  /** Lets two seconds pass, so that webhooks come, and works on what is in the queue, once. Answers how many came back. */
  work(): Promise<number>;
  /** As the schedule that looks for what nobody works on. */
  resume(): Promise<void>;
  /** Requests to a provider, as paths. */
  asked(provider: ProviderName): string[];
  rows<Row>(sql: string, ...values: unknown[]): Promise<Row[]>;
}

let stands = 0;

export async function openStand(vault: Vault): Promise<Stand> {
  stands += 1;
  const { clock, database } = vault;
  const waiting: IngestMessage[] = [];
  const keys: Record<ProviderName, string> = { square: '', clover: authCode, xero: '' };
  const simulators = simulate(clock, `stand ${stands}`, receiver(clock, keys, waiting));
  const { square, xero } = simulators;
  xero.answerConsent({ userId: xeroUser });
  keys.square = square.subscribe({ notificationUrl: webhookUrl('square') }).signatureKey;
  keys.xero = xero.webhooks.subscribe({ url: webhookUrl('xero') });
  const guard = { fetch: dispatch(simulators), clock: clock.now };
  const oauth = clientsOf(simulators, guard);
  const retried: RetryCause[] = [];
  const handler = composeIngest(vault, oauth, guard, (cause) => retried.push(cause));
  const authorize: Stand['authorize'] = (provider) => letIn(oauth[provider], guard.fetch, provider);
  const rows: Stand['rows'] = async (sql, ...values) => (await database.superuser.query(sql, values)).rows;
  return {
    ...simulators,
    ...{ oauth, retried, authorize, rows },
    open: async (provider) => {
      const { tokens, accounts } = await authorize(provider);
      const accountRef = accounts[0]?.accountRef ?? '';
      const shop = await vault.open({ provider, accountRef, region: regionOf(provider) ?? null, tokens });
      await rows('update sync.connections set connected_at = $2 where id = $1', shop.connectionId, clock.now());
      if (provider === 'xero') await xero.webhooks.testIntentToReceive();
      return shop;
    },
    work: async () => {
      await clock.advance(2000);
      const messages = waiting.splice(0);
      const event = sqsEvent(messages);
      const { batchItemFailures } = await handler(event);
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      waiting.push(...messages.filter((_, index) => failed.has(event.Records[index]?.messageId ?? '')));
      return failed.size;
    },
    resume: async () => {
      const found = await resumableEvents(database.system);
      waiting.push(...found.map((events): IngestMessage => ({ kind: 'apply', v: 1, ...events })));
    },
    asked: (provider) =>
      (provider === 'xero' ? xero.simulation : simulators[provider]).requests().map(({ path }) => path),
  };
}

const regionOf = (provider: ProviderName) => (provider === 'clover' ? 'eu' : undefined);

type Simulators = Pick<Stand, 'square' | 'clover' | 'xero'>;

function simulate(timeline: VirtualClock, seed: string, webhookFetch: typeof fetch): Simulators {
  const cloverMerchant = { id: `M${seed.replace(/\W/g, '').toUpperCase()}` };
  return {
    square: createSquareSandbox({ timeline, seed, webhookFetch }),
    clover: createCloverSandbox({
      ...{ timeline, seed, limits: null },
      merchants: [cloverMerchant],
      webhook: { url: webhookUrl('clover'), authCode, fetch: webhookFetch },
    }),
    xero: createXeroSimulator({
      ...{ timeline, seed },
      organisations: [{ name: 'Kiwi Books' }],
      webhooks: { fetch: webhookFetch },
    }),
  };
}

/** The functions behind the webhooks' addresses; what they accept goes to the queue. */
function receiver(clock: VirtualClock, keys: Record<ProviderName, string>, queue: IngestMessage[]): typeof fetch {
  const received = { now: clock.now, send: async (message: IngestMessage) => void queue.push(message) };
  const webhooks = {
    square: createSquareWebhook({
      ...received,
      keys: () => [keys.square],
      notificationUrl: () => webhookUrl('square'),
    }),
    clover: createCloverWebhook({ ...received, codes: () => [keys.clover] }),
    xero: createXeroWebhook({ ...received, keys: () => [keys.xero] }),
  };
  return async (input, init) => {
    const posted = new Request(input, init);
    const provider = new URL(posted.url).pathname.split('/').at(-1) as ProviderName;
    const body = asBase64(Buffer.from(await posted.arrayBuffer()));
    const { statusCode = 500 } = await webhooks[provider](request(body, Object.fromEntries(posted.headers)));
    return new Response(null, { status: statusCode });
  };
}

/** The simulators at the addresses of what they simulate. */
function dispatch({ square, clover, xero }: Simulators): typeof fetch {
  const hosts = { 'squareup.com': square.fetch, 'clover.com': clover.fetch, 'xero.com': xero.fetch };
  return (input, init) => {
    const { hostname } = new URL(input instanceof Request ? input.url : input);
    const host = Object.keys(hosts).find((name) => hostname.endsWith(`.${name}`));
    if (host === undefined) throw new Error(`Nobody answers at ${hostname}.`);
    return hosts[host as keyof typeof hosts](input, init);
  };
}

type Guard = { fetch: typeof fetch; clock: VirtualClock['now'] };

function clientsOf({ square, xero }: Simulators, guard: Guard): Stand['oauth'] {
  const { clientId, clientSecret } = square.registration;
  return {
    square: createSquareOAuth({ clientId, clientSecret, guard }),
    clover: createCloverOAuth({ clientId: 'DRKVJT2ZRRRSC', clientSecret: authCode, guard }),
    xero: createXeroOAuth({ clientId: xero.app.clientId, clientSecret: xero.app.clientSecret, guard }),
  };
}

/** Composed as deployed, but for the clock and the way to the providers. */
function composeIngest(vault: Vault, oauth: Stand['oauth'], guard: Guard, report: (cause: RetryCause) => void) {
  const { worker, system } = vault.database;
  const callOf = createProviderCalls({
    apis: providers,
    tokens: vault.process(oauth),
    budgets: createBudgets({ system, limits: ofEach(({ limits }) => limits), clock: guard.clock }),
    guardedCall: createGuardedCall(guard),
    clock: guard.clock,
  });
  return createIngest(() => ({
    ...{ system, worker, report },
    registry: providers,
    applyFacts: createApplyEventFacts(guard.clock),
    callOf: (event) => callOf(event, 'hint'),
  }));
}

async function letIn(client: OAuthClient, ask: typeof fetch, provider: ProviderName) {
  const region = regionOf(provider);
  const where = region === undefined ? {} : { region };
  const page = await ask(client.authorizeUrl({ state: 'state', redirectUrl, ...where }), { redirect: 'manual' });
  const callback = Object.fromEntries(new URL(page.headers.get('location') ?? '').searchParams);
  return client.exchange({ callback, redirectUrl, ...where });
}

function sqsEvent(messages: readonly IngestMessage[]): SQSEvent {
  const attributes = {
    ApproximateReceiveCount: '1',
    SentTimestamp: '0',
    SenderId: 'x',
    ApproximateFirstReceiveTimestamp: '0',
  };
  const source = { md5OfBody: '', eventSource: 'aws:sqs', eventSourceARN: 'arn:aws:sqs:x:1:ingest', awsRegion: 'x' };
  return {
    Records: messages.map((message) => {
      const id = randomUUID();
      const body = JSON.stringify(message);
      return { messageId: id, receiptHandle: id, body, attributes, messageAttributes: {}, ...source };
    }),
  };
}

/** The providers' own addresses; nothing is read from SST's links. Silences the webhooks' log. */
export function stubEnvironment(): void {
  vi.stubEnv('SQUARE_ENVIRONMENT', 'production');
  vi.stubEnv('CLOVER_ENVIRONMENT', 'production');
  vi.stubEnv('XERO_ENVIRONMENT', 'production');
  vi.stubEnv('AFFILIATE_ENVIRONMENT', 'production');
  vi.spyOn(process.stdout, 'write').mockImplementation(() => true);
}
