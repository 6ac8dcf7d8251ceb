/**
 * What runs: every function, route, queue and schedule, once, as plain data.
 * `infra/*` turns it into AWS resources; `packages/local` runs the same on one machine. It imports nothing.
 * One file although it is long: it is one table, and who adds a function reads it with its queue or schedule and the words for both.
 */

/**
 * The login a function connects with: `api` and `worker` are bound by row-level security to one organization, `consumer` to the wallets of one
 * person, `identity` knows who people are, `system` routes across organizations, `owner` migrates.
 */
export type DatabaseLogin = 'api' | 'worker' | 'system' | 'consumer' | 'identity' | 'owner';
export type QueueName = 'ingest' | 'daily' | 'sync';
/** Proves a provider's webhooks: a list of keys, any of which may end. */
export type WebhookSecret = 'SquareSignatureKeys' | 'CloverAuthCodes' | 'XeroWebhookKeys';
/** Of a stage's application at a provider, as the provider gave it. */
export type ApplicationSecret = 'SquareClientSecret' | 'CloverClientSecret' | 'XeroClientSecret';
/** 32 bytes of our own. */
export type KeySecret = 'ConnectKey' | 'CursorKey';
/** What the edge proves itself with to functions: any of several keys, of which it sends the first. */
type EdgeSecret = 'EdgeKeys';
/** A JSON list of {version, value}: what sessions are signed with, and what people keep secret is encrypted under. */
type AuthSecret = 'AuthSecrets';
export type SecretName = EdgeSecret | AuthSecret | WebhookSecret | ApplicationSecret | KeySecret;

export interface FunctionSpec {
  /** File and export, relative to the project root. */
  handler: string;
  timeoutSeconds: number;
  memoryMb: number;
  databases?: readonly DatabaseLogin[];
  /** Queues it may send to (`sqs:SendMessage` and nothing else). */
  sends?: readonly QueueName[];
  secrets?: readonly SecretName[];
  /** It calls a provider, so it may open sealed credentials (`kms:Decrypt`). */
  opensCredentials?: boolean;
  /** It writes to people (`ses:SendEmail`, from the domain of MAIL_FROM and no other). */
  sendsMail?: boolean;
  /** It stores new credentials (`kms:GenerateDataKey`). */
  sealsCredentials?: boolean;
  /** Names of the settings (environment variables) it reads; values come from the stage. */
  settings?: readonly Setting[];
  /** What it logs is evidence: kept for that long, and in production after the stage is gone. Others' lines are kept for 30 days. */
  logRetentionDays?: 3653;
  /** Folders that travel beside the code, relative to the project root and to the function's working directory. */
  ships?: readonly string[];
}

/** Settings of a stage, the same names in `local` and on AWS. */
export type Setting =
  | 'SQUARE_NOTIFICATION_URL'
  | 'SQUARE_ENVIRONMENT'
  | 'SQUARE_CLIENT_ID'
  | 'CLOVER_ENVIRONMENT'
  | 'CLOVER_CLIENT_ID'
  | 'XERO_ENVIRONMENT'
  | 'XERO_CLIENT_ID'
  | 'CONNECT_REDIRECT_URL'
  | 'API_KEY_ENVIRONMENT'
  | 'CORS_ORIGINS'
  | 'JWT_ISSUER'
  | 'JWT_AUDIENCE'
  | 'JWKS_URL'
  | 'APP_URL'
  | 'MAIL_FROM'
  | 'NEW_USER_STATUS';

export interface RouteSpec {
  method: 'ANY' | 'GET' | 'POST';
  /** `{proxy+}` stands for the rest of the path, which at the router may be none: `/v1/{proxy+}` is `/v1` too. */
  path: string;
  function: FunctionName;
  /** `webhook`: API Gateway v2, called by providers. `api`: function URL behind the router, called by browsers and machines. */
  surface: 'webhook' | 'api';
}

export interface QueueSpec {
  subscriber: FunctionName;
  /** Records handed to one invocation at most. */
  batchSize: number;
  /** How long to gather a batch. */
  batchWindowSeconds: number;
  visibilityTimeoutSeconds: number;
  /** Receives before a message moves to the dead-letter queue. */
  maxReceiveCount: number;
  /** Concurrent invocations: bounds the load on Postgres. */
  maxConcurrency: number;
}

export interface ScheduleSpec {
  function: FunctionName;
  /** EventBridge Scheduler expression. */
  rate: `rate(${number} ${'minute' | 'minutes' | 'hour' | 'hours'})`;
}

/** What a function needs to ask providers: which of their environments, and this stage's application there. */
const asksProviders = {
  opensCredentials: true,
  // A token that is renewed is sealed anew.
  sealsCredentials: true,
  secrets: ['SquareClientSecret', 'CloverClientSecret', 'XeroClientSecret'],
  settings: [
    'SQUARE_ENVIRONMENT',
    'SQUARE_CLIENT_ID',
    'CLOVER_ENVIRONMENT',
    'CLOVER_CLIENT_ID',
    'XERO_ENVIRONMENT',
    'XERO_CLIENT_ID',
  ],
} as const;

export const functions = {
  webhooksSquare: {
    handler: 'functions/webhooks/square.handler',
    timeoutSeconds: 10,
    memoryMb: 512,
    sends: ['ingest'],
    secrets: ['SquareSignatureKeys'],
    settings: ['SQUARE_NOTIFICATION_URL'],
  },
  webhooksClover: {
    handler: 'functions/webhooks/clover.handler',
    timeoutSeconds: 10,
    memoryMb: 512,
    sends: ['ingest'],
    secrets: ['CloverAuthCodes'],
  },
  webhooksXero: {
    handler: 'functions/webhooks/xero.handler',
    timeoutSeconds: 10,
    memoryMb: 512,
    sends: ['ingest'],
    secrets: ['XeroWebhookKeys'],
  },
  apiLoyalty: {
    handler: 'functions/api/loyalty.handler',
    timeoutSeconds: 15,
    memoryMb: 512,
    databases: ['api'],
    // An event that is tried again; a run that somebody wants now, and tokens of a connection that was ended.
    sends: ['ingest', 'sync'],
    secrets: ['CursorKey', 'EdgeKeys'],
    settings: ['JWT_ISSUER', 'JWT_AUDIENCE', 'JWKS_URL', 'CORS_ORIGINS', 'API_KEY_ENVIRONMENT'],
  },
  apiConsumer: {
    handler: 'functions/api/consumer.handler',
    timeoutSeconds: 15,
    memoryMb: 512,
    databases: ['consumer'],
    secrets: ['CursorKey', 'EdgeKeys'],
    settings: ['JWT_ISSUER', 'JWT_AUDIENCE', 'JWKS_URL', 'CORS_ORIGINS'],
  },
  apiConnect: {
    handler: 'functions/api/connect.handler',
    // Three questions to a provider, 20 s each at most: a code that was traded works no second time.
    timeoutSeconds: 75,
    memoryMb: 512,
    databases: ['api', 'system'],
    sends: ['sync'],
    sealsCredentials: true,
    secrets: ['CursorKey', 'EdgeKeys', 'ConnectKey', ...asksProviders.secrets],
    settings: [
      'JWT_ISSUER',
      'JWT_AUDIENCE',
      'JWKS_URL',
      'CORS_ORIGINS',
      'API_KEY_ENVIRONMENT',
      'CONNECT_REDIRECT_URL',
      ...asksProviders.settings,
    ],
  },
  apiMembers: {
    handler: 'functions/api/members.handler',
    timeoutSeconds: 15,
    memoryMb: 512,
    // API keys and plans are asked as `api`, people as `identity`.
    databases: ['api', 'identity'],
    sendsMail: true,
    secrets: ['CursorKey', 'EdgeKeys'],
    settings: ['JWT_ISSUER', 'JWT_AUDIENCE', 'JWKS_URL', 'CORS_ORIGINS', 'API_KEY_ENVIRONMENT', 'APP_URL', 'MAIL_FROM'],
  },
  apiInvited: {
    handler: 'functions/api/invited.handler',
    timeoutSeconds: 15,
    memoryMb: 512,
    databases: ['identity'],
    secrets: ['CursorKey', 'EdgeKeys'],
    settings: ['JWT_ISSUER', 'JWT_AUDIENCE', 'JWKS_URL', 'CORS_ORIGINS'],
  },
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
  queuesIngest: {
    handler: 'functions/queues/ingest.handler',
    timeoutSeconds: 60,
    memoryMb: 512,
    databases: ['worker', 'system'],
    ...asksProviders,
  },
  queuesSync: {
    handler: 'functions/queues/sync.handler',
    timeoutSeconds: 300,
    memoryMb: 512,
    databases: ['worker', 'system'],
    // A run that is out of time goes on with another message.
    sends: ['sync'],
    ...asksProviders,
  },
  queuesDaily: {
    handler: 'functions/queues/daily.handler',
    timeoutSeconds: 300,
    memoryMb: 512,
    databases: ['worker'],
  },
  cronsResume: {
    handler: 'functions/crons/resume.handler',
    timeoutSeconds: 60,
    memoryMb: 256,
    databases: ['system'],
    sends: ['ingest'],
  },
  cronsSync: {
    handler: 'functions/crons/sync.handler',
    timeoutSeconds: 60,
    memoryMb: 256,
    databases: ['system'],
    sends: ['sync'],
  },
  cronsReconcile: {
    handler: 'functions/crons/reconcile.handler',
    timeoutSeconds: 60,
    memoryMb: 256,
    databases: ['system'],
    sends: ['sync'],
  },
  cronsSweeps: {
    handler: 'functions/crons/sweeps.handler',
    timeoutSeconds: 60,
    memoryMb: 256,
    databases: ['system'],
    sends: ['sync'],
  },
  cronsErase: {
    handler: 'functions/crons/erase.handler',
    timeoutSeconds: 300,
    memoryMb: 512,
    databases: ['worker', 'system'],
  },
  cronsDaily: {
    handler: 'functions/crons/daily.handler',
    timeoutSeconds: 60,
    memoryMb: 256,
    databases: ['system'],
    sends: ['daily'],
  },
  cronsAnchor: {
    handler: 'functions/crons/anchor.handler',
    timeoutSeconds: 60,
    memoryMb: 256,
    databases: ['system'],
    logRetentionDays: 3653,
  },
  opsMigrate: {
    handler: 'functions/ops/migrate.handler',
    timeoutSeconds: 300,
    memoryMb: 512,
    // Not only the owner: it also gives the other logins the passwords that are in their URLs.
    databases: ['owner', 'api', 'worker', 'system', 'consumer', 'identity'],
    ships: ['migrations'],
  },
  opsConnect: {
    handler: 'functions/ops/connect.handler',
    timeoutSeconds: 30,
    memoryMb: 512,
    databases: ['system'],
    sends: ['ingest'],
    sealsCredentials: true,
  },
  opsPlan: {
    handler: 'functions/ops/plan.handler',
    timeoutSeconds: 30,
    memoryMb: 256,
    databases: ['system'],
  },
  opsInbox: {
    handler: 'functions/ops/inbox.handler',
    timeoutSeconds: 60,
    memoryMb: 512,
    databases: ['system'],
    sends: ['ingest'],
  },
  opsWebhookKeys: {
    handler: 'functions/ops/webhook-keys.handler',
    timeoutSeconds: 30,
    memoryMb: 256,
    databases: ['system'],
    secrets: ['SquareSignatureKeys', 'CloverAuthCodes', 'XeroWebhookKeys'],
  },
  opsReconcile: {
    handler: 'functions/ops/reconcile.handler',
    timeoutSeconds: 900,
    memoryMb: 512,
    // An event is let wait again as somebody at the API would.
    databases: ['api', 'worker', 'system'],
    sends: ['ingest', 'sync'],
    ...asksProviders,
  },
  opsRebuild: {
    handler: 'functions/ops/rebuild.handler',
    timeoutSeconds: 900,
    memoryMb: 1024,
    // Settings are made as by the API, what follows from facts as by a worker.
    databases: ['api', 'worker', 'system'],
  },
  opsUsers: {
    handler: 'functions/ops/users.handler',
    timeoutSeconds: 30,
    memoryMb: 256,
    databases: ['identity'],
  },
  opsVerifyAudit: {
    handler: 'functions/ops/verify-audit.handler',
    timeoutSeconds: 900,
    memoryMb: 512,
    databases: ['worker', 'system'],
  },
  opsReverify: {
    handler: 'functions/ops/reverify.handler',
    timeoutSeconds: 900,
    memoryMb: 512,
    databases: ['system'],
    secrets: ['SquareSignatureKeys', 'XeroWebhookKeys'],
  },
  opsReseal: {
    handler: 'functions/ops/reseal.handler',
    timeoutSeconds: 900,
    memoryMb: 512,
    databases: ['system'],
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
  { method: 'ANY', path: '/v1/connect/{proxy+}', function: 'apiConnect', surface: 'api' },
  { method: 'ANY', path: '/v1/auth/{proxy+}', function: 'apiAuth', surface: 'api' },
  { method: 'ANY', path: '/v1/team/{proxy+}', function: 'apiMembers', surface: 'api' },
  // Not all of /v1/me, which is what a credential is tried by.
  { method: 'ANY', path: '/v1/me/invitations/{proxy+}', function: 'apiInvited', surface: 'api' },
  { method: 'ANY', path: '/v1/me/wallets/{proxy+}', function: 'apiConsumer', surface: 'api' },
] as const satisfies readonly RouteSpec[];

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
} as const satisfies Record<QueueName, QueueSpec>;

export const schedules = {
  resume: { function: 'cronsResume', rate: 'rate(5 minutes)' },
  // Not `sync`, as there is a queue of that name: see `midnight`.
  due: { function: 'cronsSync', rate: 'rate(1 minute)' },
  lost: { function: 'cronsSweeps', rate: 'rate(1 minute)' },
  // Not `daily`: what is deployed goes by the names of queues and schedules, and there is a queue of that name.
  midnight: { function: 'cronsDaily', rate: 'rate(15 minutes)' },
  settled: { function: 'cronsReconcile', rate: 'rate(5 minutes)' },
  erased: { function: 'cronsErase', rate: 'rate(5 minutes)' },
  anchored: { function: 'cronsAnchor', rate: 'rate(6 hours)' },
} as const satisfies Record<string, ScheduleSpec>;
