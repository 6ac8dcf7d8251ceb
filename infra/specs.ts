/** What the topology may say of a function, a route, a queue and a schedule, and the words for it. It imports nothing. */

/**
 * The login a function connects with: `api` and `worker` are bound by row-level security to one organization, `consumer` to the wallets of one
 * person, `identity` knows who people are, `system` routes across organizations, `owner` migrates.
 */
export type DatabaseLogin = 'api' | 'worker' | 'system' | 'consumer' | 'identity' | 'owner';
export type QueueName = 'ingest' | 'daily' | 'sync' | 'audit';
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
  | 'ECB_ENVIRONMENT'
  | 'AFFILIATE_ENVIRONMENT'
  | 'CONNECT_REDIRECT_URL'
  | 'API_KEY_ENVIRONMENT'
  | 'CORS_ORIGINS'
  | 'JWT_ISSUER'
  | 'JWT_AUDIENCE'
  | 'JWKS_URL'
  | 'APP_URL'
  | 'MAIL_FROM'
  | 'NEW_USER_STATUS';

export interface RouteSpec<Name extends string = string> {
  method: 'ANY' | 'GET' | 'POST';
  /** `{proxy+}` stands for the rest of the path, which at the router may be none: `/v1/{proxy+}` is `/v1` too. */
  path: string;
  function: Name;
  /** `webhook`: API Gateway v2, called by providers. `api`: function URL behind the router, called by browsers and machines. */
  surface: 'webhook' | 'api';
}

export interface QueueSpec<Name extends string = string> {
  subscriber: Name;
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

export interface ScheduleSpec<Name extends string = string> {
  function: Name;
  /** EventBridge Scheduler expression. */
  rate: `rate(${number} ${'minute' | 'minutes' | 'hour' | 'hours'})`;
}
