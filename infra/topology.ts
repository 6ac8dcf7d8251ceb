/**
 * What runs: every function, route, queue and schedule, once, as plain data.
 * `infra/*` turns it into AWS resources; `packages/local` runs the same on one machine. The words for it are in `specs.ts`.
 */

import type { FunctionSpec, QueueName, QueueSpec, RouteSpec, ScheduleSpec } from './specs.ts';

/** A provider posts to it: no database, and nothing that waits for one. */
const webhook = { timeoutSeconds: 10, memoryMb: 512, sends: ['ingest'] } as const;

/** Behind the router: proves that the edge was there and who asks, and says whose pages may. */
const api = {
  timeoutSeconds: 15,
  memoryMb: 512,
  secrets: ['CursorKey', 'EdgeKeys'],
  settings: ['JWT_ISSUER', 'JWT_AUDIENCE', 'JWKS_URL', 'CORS_ORIGINS'],
} as const;

/** The same for members of an organization, who may come with an API key. */
const memberApi = { ...api, databases: ['api'], settings: [...api.settings, 'API_KEY_ENVIRONMENT'] } as const;

/** What a function needs to ask providers: which of their environments, and this stage's application there. */
const asksProviders = {
  opensCredentials: true,
  // A token that is renewed is sealed anew.
  sealsCredentials: true,
  secrets: ['SquareClientSecret', 'CloverClientSecret', 'XeroClientSecret'],
  settings: [
    ...(['SQUARE_ENVIRONMENT', 'CLOVER_ENVIRONMENT', 'XERO_ENVIRONMENT', 'AFFILIATE_ENVIRONMENT'] as const),
    ...(['SQUARE_CLIENT_ID', 'CLOVER_CLIENT_ID', 'XERO_CLIENT_ID'] as const),
  ],
} as const;

/** Works through what is due, organization by organization. */
const worker = { timeoutSeconds: 300, memoryMb: 512, databases: ['worker', 'system'] } as const;

/** Finds what is due and sends word of it. */
const cron = { timeoutSeconds: 60, memoryMb: 256, databases: ['system'] } as const;

/** People invoke it: a moment's work, or all there is. */
const operation = { timeoutSeconds: 30, memoryMb: 256, databases: ['system'] } as const;
const longOperation = { timeoutSeconds: 900, memoryMb: 512, databases: ['system'] } as const;

export const functions = {
  webhooksSquare: {
    ...webhook,
    handler: 'functions/webhooks/square.handler',
    secrets: ['SquareSignatureKeys'],
    settings: ['SQUARE_NOTIFICATION_URL'],
  },
  webhooksClover: { ...webhook, handler: 'functions/webhooks/clover.handler', secrets: ['CloverAuthCodes'] },
  webhooksXero: { ...webhook, handler: 'functions/webhooks/xero.handler', secrets: ['XeroWebhookKeys'] },
  apiLoyalty: { ...memberApi, handler: 'functions/api/loyalty.handler' },
  apiAffiliate: { ...memberApi, handler: 'functions/api/affiliate.handler' },
  // Apart, since they are printed as PDF, which takes a library and fonts.
  apiInvoices: { ...memberApi, handler: 'functions/api/invoices.handler' },
  // Apart from the others, which send nothing: an event that is tried again; a run that somebody wants now, and tokens of a connection that was ended.
  apiEvents: { ...memberApi, handler: 'functions/api/events.handler', sends: ['ingest'] },
  apiConnections: { ...memberApi, handler: 'functions/api/connections.handler', sends: ['sync'] },
  apiConnect: {
    ...memberApi,
    handler: 'functions/api/connect.handler',
    // Three questions to a provider, 20 s each at most: a code that was traded works no second time.
    timeoutSeconds: 75,
    databases: ['api', 'system'],
    sends: ['sync'],
    sealsCredentials: true,
    secrets: [...memberApi.secrets, 'ConnectKey', ...asksProviders.secrets],
    settings: [...memberApi.settings, 'CONNECT_REDIRECT_URL', ...asksProviders.settings],
  },
  apiMembers: {
    ...memberApi,
    handler: 'functions/api/members.handler',
    // API keys and plans are asked as `api`, people as `identity`.
    databases: ['api', 'identity'],
    sendsMail: true,
    settings: [...memberApi.settings, 'APP_URL', 'MAIL_FROM'],
  },
  apiInvited: { ...api, handler: 'functions/api/invited.handler', databases: ['identity'] },
  apiConsumer: { ...api, handler: 'functions/api/consumer.handler', databases: ['consumer'] },
  apiAuth: {
    handler: 'functions/api/auth.handler',
    timeoutSeconds: 20,
    // A password costs 46 MiB and as much CPU as this buys.
    memoryMb: 1024,
    databases: ['identity'],
    sendsMail: true,
    secrets: ['AuthSecrets', 'EdgeKeys'],
    settings: ['JWT_ISSUER', 'JWT_AUDIENCE', 'CORS_ORIGINS', 'APP_URL', 'MAIL_FROM', 'NEW_USER_STATUS'],
  },
  queuesIngest: { ...worker, ...asksProviders, handler: 'functions/queues/ingest.handler', timeoutSeconds: 60 },
  queuesSync: {
    ...worker,
    ...asksProviders,
    handler: 'functions/queues/sync.handler',
    // A run that is out of time goes on with another message.
    sends: ['sync'],
  },
  queuesDaily: { ...worker, handler: 'functions/queues/daily.handler', databases: ['worker'] },
  // As a run does.
  queuesAudit: { ...worker, handler: 'functions/queues/audit.handler', sends: ['audit'] },
  cronsResume: { ...cron, handler: 'functions/crons/resume.handler', sends: ['ingest'] },
  cronsSync: { ...cron, handler: 'functions/crons/sync-fan-out.handler', sends: ['sync'] },
  cronsReconcile: { ...cron, handler: 'functions/crons/reconcile.handler', sends: ['sync'] },
  cronsSweeps: { ...cron, handler: 'functions/crons/sweeps.handler', sends: ['sync'] },
  cronsErase: { ...worker, handler: 'functions/crons/erase.handler' },
  // Sessions and whatever else of people has ended is swept as `identity`.
  cronsDaily: {
    ...cron,
    handler: 'functions/crons/daily.handler',
    databases: ['system', 'identity'],
    sends: ['daily'],
  },
  cronsRates: { ...worker, handler: 'functions/crons/rates.handler', settings: ['ECB_ENVIRONMENT'] },
  cronsDeals: { ...worker, handler: 'functions/crons/deals.handler' },
  cronsRules: { ...worker, handler: 'functions/crons/rules.handler' },
  cronsRollUp: { ...worker, handler: 'functions/crons/roll-up.handler' },
  cronsAnchor: { ...cron, handler: 'functions/crons/anchor.handler', logRetentionDays: 3653 },
  cronsAudit: { handler: 'functions/crons/audit.handler', timeoutSeconds: 60, memoryMb: 256, sends: ['audit'] },
  opsMigrate: {
    handler: 'functions/ops/migrate.handler',
    timeoutSeconds: 300,
    memoryMb: 512,
    // Not only the owner: it also gives the other logins the passwords that are in their URLs.
    databases: ['owner', 'api', 'worker', 'system', 'consumer', 'identity'],
    ships: ['migrations'],
  },
  opsConnect: {
    ...operation,
    handler: 'functions/ops/connect.handler',
    memoryMb: 512,
    sends: ['ingest'],
    sealsCredentials: true,
  },
  opsPlan: { ...operation, handler: 'functions/ops/plan.handler' },
  opsInbox: {
    ...operation,
    handler: 'functions/ops/inbox.handler',
    timeoutSeconds: 60,
    memoryMb: 512,
    sends: ['ingest'],
  },
  opsWebhookKeys: {
    ...operation,
    handler: 'functions/ops/webhook-keys.handler',
    secrets: ['SquareSignatureKeys', 'CloverAuthCodes', 'XeroWebhookKeys'],
  },
  opsReconcile: {
    ...longOperation,
    ...asksProviders,
    handler: 'functions/ops/reconcile.handler',
    // An event is let wait again as somebody at the API would.
    databases: ['api', 'worker', 'system'],
    sends: ['ingest', 'sync'],
  },
  opsRebuild: {
    ...longOperation,
    handler: 'functions/ops/rebuild.handler',
    memoryMb: 1024,
    // Settings are made as by the API, what follows from facts as by a worker.
    databases: ['api', 'worker', 'system'],
  },
  opsUsers: { ...operation, handler: 'functions/ops/users.handler', databases: ['identity'] },
  opsVerifyAudit: { ...longOperation, handler: 'functions/ops/verify-audit.handler', databases: ['worker', 'system'] },
  opsReverify: {
    ...longOperation,
    handler: 'functions/ops/reverify.handler',
    secrets: ['SquareSignatureKeys', 'XeroWebhookKeys'],
  },
  opsReseal: {
    ...longOperation,
    handler: 'functions/ops/reseal.handler',
    opensCredentials: true,
    sealsCredentials: true,
  },
} as const satisfies Record<string, FunctionSpec>;

export type FunctionName = keyof typeof functions;

export const routes = [
  { method: 'POST', path: '/webhooks/square', function: 'webhooksSquare', surface: 'webhook' },
  { method: 'POST', path: '/webhooks/clover', function: 'webhooksClover', surface: 'webhook' },
  { method: 'POST', path: '/webhooks/xero', function: 'webhooksXero', surface: 'webhook' },
  { method: 'ANY', path: '/v1/{proxy+}', function: 'apiLoyalty', surface: 'api' },
  // The longer path wins, here and at the router.
  { method: 'ANY', path: '/v1/affiliate/{proxy+}', function: 'apiAffiliate', surface: 'api' },
  { method: 'ANY', path: '/v1/affiliate/invoices/{proxy+}', function: 'apiInvoices', surface: 'api' },
  { method: 'ANY', path: '/v1/events/{proxy+}', function: 'apiEvents', surface: 'api' },
  { method: 'ANY', path: '/v1/connections/{proxy+}', function: 'apiConnections', surface: 'api' },
  { method: 'ANY', path: '/v1/connect/{proxy+}', function: 'apiConnect', surface: 'api' },
  { method: 'ANY', path: '/v1/auth/{proxy+}', function: 'apiAuth', surface: 'api' },
  { method: 'ANY', path: '/v1/team/{proxy+}', function: 'apiMembers', surface: 'api' },
  // Not all of /v1/me, which is what a credential is tried by.
  { method: 'ANY', path: '/v1/me/invitations/{proxy+}', function: 'apiInvited', surface: 'api' },
  { method: 'ANY', path: '/v1/me/wallets/{proxy+}', function: 'apiConsumer', surface: 'api' },
] as const satisfies readonly RouteSpec<FunctionName>[];

export const queues = {
  ingest: {
    subscriber: 'queuesIngest',
    // A batch costs the same dozen of round trips whatever its size; beyond a hundred nothing is gained.
    batchSize: 100,
    batchWindowSeconds: 1,
    visibilityTimeoutSeconds: 390,
    maxReceiveCount: 8,
    // Two such batches keep a small Postgres busy: five post less per second, since they wait for each other (bench ingest).
    maxConcurrency: 2,
  },
  daily: {
    subscriber: 'queuesDaily',
    // One organization: a large one, or one that fails, brings nobody else's message back.
    batchSize: 1,
    batchWindowSeconds: 0,
    visibilityTimeoutSeconds: 1800,
    maxReceiveCount: 5,
    // What is due at midnight can wait a minute; sales that come in meanwhile go first.
    maxConcurrency: 2,
  },
  sync: {
    subscriber: 'queuesSync',
    // One connection: a provider that answers slowly or badly holds up nobody else.
    batchSize: 1,
    batchWindowSeconds: 0,
    visibilityTimeoutSeconds: 1800,
    maxReceiveCount: 5,
    // With the hints of two ingest batches, three at a time each, the ten that Clover grants an application at once.
    maxConcurrency: 4,
  },
  audit: {
    subscriber: 'queuesAudit',
    // Organizations one after the other, as long as there is time.
    batchSize: 1,
    batchWindowSeconds: 0,
    visibilityTimeoutSeconds: 1800,
    maxReceiveCount: 5,
    // The fewest there may be; one is at work.
    maxConcurrency: 2,
  },
} as const satisfies Record<QueueName, QueueSpec<FunctionName>>;

export const schedules = {
  resume: { function: 'cronsResume', rate: 'rate(5 minutes)' },
  // Not `sync`, as there is a queue of that name: see `midnight`.
  due: { function: 'cronsSync', rate: 'rate(1 minute)' },
  lost: { function: 'cronsSweeps', rate: 'rate(1 minute)' },
  // Not `daily`: what is deployed goes by the names of queues and schedules, and there is a queue of that name.
  midnight: { function: 'cronsDaily', rate: 'rate(15 minutes)' },
  settled: { function: 'cronsReconcile', rate: 'rate(5 minutes)' },
  erased: { function: 'cronsErase', rate: 'rate(5 minutes)' },
  published: { function: 'cronsRates', rate: 'rate(6 hours)' },
  // Not monthly: days begin at different times around the world.
  begun: { function: 'cronsDeals', rate: 'rate(1 hour)' },
  watched: { function: 'cronsRules', rate: 'rate(1 hour)' },
  counted: { function: 'cronsRollUp', rate: 'rate(1 minute)' },
  anchored: { function: 'cronsAnchor', rate: 'rate(6 hours)' },
  verified: { function: 'cronsAudit', rate: 'rate(24 hours)' },
} as const satisfies Record<string, ScheduleSpec<FunctionName>>;
