import { hash } from 'node:crypto';
import type { DeliveryMessage, IngestMessage, SyncMessage } from '@tributary/queue/message';
import { createCloverSandbox } from '@tributary/sandbox/clover/clover-sandbox';
import { createVirtualClock, type VirtualClock } from '@tributary/sandbox/kernel/virtual-clock';
import { createSquareSandbox } from '@tributary/sandbox/square/sandbox';
import { createXeroSimulator, type XeroSimulator } from '@tributary/sandbox/xero/simulator';
import type { TestDatabase } from '@tributary/testing/database';
import type { SQSEvent } from 'aws-lambda';
import { createIngest, type IngestDependencies } from '../queues/ingest.ts';
import { type Account, type Office, openOffice, type Shop } from '../queues/sync.fixture.ts';
import { providers } from '../runtime/providers.ts';
import { applyEvents, type ReconcileDependencies } from '../runtime/reconcile.ts';
import { createApplyEventFacts } from '../runtime/registry.ts';
import { asBase64, request } from '../runtime/webhook.fixture.ts';
import type { WebhookHandler } from '../runtime/webhook.ts';
import { createCloverWebhook } from '../webhooks/clover.ts';
import { createSquareWebhook } from '../webhooks/square.ts';
import { createXeroWebhook } from '../webhooks/xero.ts';
import { createReconcile } from './reconcile.ts';

export const today = '2026-11-20';
export const notificationUrl = 'https://hooks.example.com/webhooks';

/** An organization with an account at a simulated provider, whose webhooks come when the test lets them. */
export interface Trade {
  clock: VirtualClock;
  office: Office;
  shop: Shop;
  /** What the webhooks took and nobody has worked on. */
  mailbox: DeliveryMessage[];
  /** What proves deliveries. */
  key: string;
  /** Lets webhooks come, and works on them and on what was queued. */
  deliver(changed?: Partial<IngestDependencies>): Promise<void>;
  /** Lets webhooks come, and loses them. */
  lose(): Promise<void>;
  composed: ReconcileDependencies;
  check(change?: { requeue?: boolean; from?: string; to?: string }): ReturnType<ReturnType<typeof createReconcile>>;
  drifts(): Promise<Record<string, unknown>[]>;
  /** What was sent to the queues. */
  sent: { ingest: IngestMessage[]; sync: SyncMessage[] };
}

let opened = 0;

export async function openSquareTrade(database: TestDatabase) {
  const stage = setStage();
  const square = createSquareSandbox({ timeline: stage.clock, seed: stage.seed, webhookFetch: stage.post });
  const { signatureKey } = square.subscribe({ notificationUrl });
  const merchant = square.merchant();
  stage.webhook = createSquareWebhook({
    keys: () => [signatureKey],
    notificationUrl: () => notificationUrl,
    send: stage.send,
    now: stage.clock.now,
  });
  const { accessToken } = square.authorize(merchant.id);
  const account = { provider: 'square' as const, accountRef: merchant.id, accessToken, fetch: square.fetch };
  const trade = await open(database, stage, account, signatureKey);
  return { ...trade, square, merchant };
}

export async function openCloverTrade(database: TestDatabase) {
  const stage = setStage();
  const merchantId = `M${hash('sha1', stage.seed).slice(0, 12).toUpperCase()}`;
  const authCode = 'auth-code-of-the-test';
  const clover = createCloverSandbox({
    timeline: stage.clock,
    seed: stage.seed,
    merchants: [{ id: merchantId, accessToken: 'token', currency: 'USD' }],
    webhook: { url: notificationUrl, authCode, fetch: stage.post },
  });
  stage.webhook = createCloverWebhook({ codes: () => [authCode], send: stage.send, now: stage.clock.now });
  const account = { provider: 'clover' as const, accountRef: merchantId, accessToken: 'token', fetch: clover.fetch };
  const trade = await open(database, stage, account, authCode);
  return { ...trade, clover, merchantId };
}

export async function openXeroTrade(database: TestDatabase) {
  const stage = setStage();
  const xero = createXeroSimulator({
    timeline: stage.clock,
    seed: stage.seed,
    organisations: [{ name: 'Ridge Coffee' }],
    webhooks: { fetch: stage.post },
  });
  const accessToken = await authorizeXero(xero);
  const key = xero.webhooks.subscribe({ url: notificationUrl });
  stage.webhook = createXeroWebhook({ keys: () => [key], send: stage.send, now: stage.clock.now });
  await xero.webhooks.testIntentToReceive();
  const [organisation] = xero.organisations;
  if (organisation === undefined) throw new Error('there is one');
  const account = { provider: 'xero' as const, accountRef: organisation.id, accessToken, fetch: xero.fetch };
  const trade = await open(database, stage, account, key);
  return { ...trade, xero, organisation };
}

async function authorizeXero({ app, fetch }: XeroSimulator): Promise<string> {
  const redirectUri = app.redirectUris[0] ?? '';
  const scope = [
    'openid offline_access accounting.contacts.read accounting.settings.read accounting.invoices.read',
    'accounting.payments.read accounting.banktransactions.read',
  ].join(' ');
  const asked = new URLSearchParams({
    response_type: 'code',
    client_id: app.clientId,
    redirect_uri: redirectUri,
    scope,
    state: 'state',
  });
  const consent = await fetch(`https://xero.test/identity/connect/authorize?${asked}`, { redirect: 'manual' });
  const code = new URL(consent.headers.get('location') ?? '').searchParams.get('code') ?? '';
  const response = await fetch('https://xero.test/connect/token', {
    method: 'POST',
    headers: { authorization: `Basic ${Buffer.from(`${app.clientId}:${app.clientSecret}`).toString('base64')}` },
    body: new URLSearchParams({ grant_type: 'authorization_code', code, redirect_uri: redirectUri }),
  });
  return ((await response.json()) as { access_token: string }).access_token;
}

/** Before the provider is there: its clock, and where its webhooks come in. */
function setStage() {
  opened += 1;
  const mailbox: DeliveryMessage[] = [];
  const stage = {
    seed: `trade ${opened}`,
    clock: createVirtualClock(new Date(`${today}T12:00:00Z`)),
    mailbox,
    webhook: null as WebhookHandler | null,
    send: async (message: DeliveryMessage) => void mailbox.push(message),
    post: (async (input, init) => {
      const posted = new Request(input, init);
      const headers = Object.fromEntries(posted.headers);
      const event = request(asBase64(Buffer.from(await posted.arrayBuffer())), headers);
      const answer = await stage.webhook?.(event);
      return new Response(null, { status: answer?.statusCode ?? 404 });
    }) as typeof fetch,
  };
  return stage;
}

async function open(
  database: TestDatabase,
  { clock, mailbox }: ReturnType<typeof setStage>,
  account: Account,
  key: string,
): Promise<Trade> {
  const office = openOffice({ database, clock });
  const shop = await office.open(account);
  const sent: Trade['sent'] = { ingest: [], sync: [] };
  const composed = compose(office, sent);
  const ingestOf = (changed: Partial<IngestDependencies>) =>
    createIngest(() => ({
      system: database.system,
      worker: database.worker,
      registry: providers,
      applyFacts: createApplyEventFacts(clock.now),
      callOf: (event) => office.calls(event, 'hint'),
      report: () => undefined,
      ...changed,
    }));
  const check = createReconcile(() => composed);
  return {
    ...{ clock, office, shop, mailbox, key, composed, sent },
    deliver: async (changed = {}) => {
      await clock.advance(2000);
      const messages = [...mailbox.splice(0), ...sent.ingest.splice(0)];
      // One by one, as webhooks come.
      for (const message of messages) await ingestOf(changed)(sqsEvent([message]));
    },
    lose: async () => {
      await clock.advance(2000);
      mailbox.splice(0);
    },
    check: (change = {}) => check({ orgId: shop.orgId, from: today, to: today, ...change }),
    drifts: () =>
      office.rows(
        `select resource, external_id, cause, status, event_id is not null as event from sync.drifts where org_id = $1 order by 1, 2`,
        shop.orgId,
      ),
  };
}

/** As in `runtime/reconcile.ts`, but for the queues and who asks. */
function compose(office: Office, sent: Trade['sent']): ReconcileDependencies {
  const { database, checks, runs } = office;
  return {
    ...checks,
    applyFacts: runs.applyFacts,
    applyEvents: (orgId, ids) =>
      applyEvents(database.api, async (messages) => void sent.ingest.push(...messages), orgId, ids),
    run: async ({ orgId, connectionId }) =>
      void sent.sync.push({ kind: 'sync', v: 1, orgId, connectionId, trigger: 'reconciliation' }),
  };
}

function sqsEvent(messages: readonly IngestMessage[]): SQSEvent {
  return {
    Records: messages.map((message, index) => ({
      messageId: String(index),
      body: JSON.stringify(message),
      attributes: { ApproximateReceiveCount: '1' },
    })),
  } as SQSEvent;
}
