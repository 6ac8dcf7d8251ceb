import type {
  ApplicationSecret,
  DatabaseLogin,
  KeySecret,
  QueueName,
  Setting,
  WebhookSecret,
} from '@tributary/infra/topology';
import { Resource } from 'sst/resource';
// The small build of zod: with the other, webhooks would load twice the code at start.
import * as z from 'zod/mini';
import { keysLiveAt, readKeys, type WebhookKey } from './webhook-keys.ts';

/** The stage does not give this function what it needs. Names the missing thing and never its value. */
export class ConfigurationError extends Error {
  readonly missing: string;

  constructor(missing: string, expected: string) {
    super(`${missing} is not configured: expected ${expected}`);
    this.name = 'ConfigurationError';
    this.missing = missing;
  }
}

const link = z.object({ url: z.url() });
const keyLink = z.object({ arn: z.string().check(z.startsWith('arn:')) });
const text = z.string().check(z.minLength(1));
const secret = z.object({ value: text });

/** Connection string (`postgres://…`) of a database login. */
export function databaseUrl(login: DatabaseLogin): string {
  return linked(`Database${capitalize(login)}`, link, 'a linked database').url;
}

export function queueUrl(queue: QueueName): string {
  return linked(capitalize(queue), link, 'a linked queue').url;
}

/** The KMS key that wraps data keys of credentials. */
export function credentialsKeyArn(): string {
  return linked('CredentialsKey', keyLink, 'a linked KMS key').arn;
}

/** What a provider proves itself with at that time, the current key first (see `keysLiveAt`). Empty before the first is set. */
export function webhookKeys(name: WebhookSecret, at: Date): readonly string[] {
  const keys = keysLiveAt(linked(name, secret, 'a secret').value, at);
  if (keys === null) throw new ConfigurationError(name, 'a JSON list of keys, each alone or with an end (key@time)');
  return keys;
}

/** All keys of a provider's webhook, those whose end has passed too; null when the secret cannot be read. */
export function webhookKeyList(name: WebhookSecret): readonly WebhookKey[] | null {
  return readKeys(linked(name, secret, 'a secret').value);
}

/** A secret as it stands. */
export function plainSecret(name: ApplicationSecret): string {
  return linked(name, secret, 'a secret').value;
}

/** A 32-byte key, kept as base64. */
export function secretKey(name: KeySecret): Buffer {
  const key = Buffer.from(linked(name, secret, 'a secret').value, 'base64');
  if (key.byteLength !== 32) throw new ConfigurationError(name, '32 bytes in base64');
  return key;
}

export function setting(name: Setting): string {
  const value = process.env[name];
  if (!value) throw new ConfigurationError(name, 'an environment variable');
  return value;
}

/** `host:port` of the local stand-in for Neon's proxy; null in the cloud. Only loopback, so that no stage can be pointed elsewhere. */
export function neonProxy(): string | null {
  const address = process.env.NEON_LOCAL_PROXY;
  if (!address) return null;
  if (!/^(127\.0\.0\.1|localhost):\d{1,5}$/.test(address)) {
    throw new ConfigurationError('NEON_LOCAL_PROXY', 'a loopback address with a port');
  }
  return address;
}

// `in` and not `get`: sst's proxy throws on a missing link, with a message about its own set-up.
function linked<Schema extends z.ZodMiniType>(name: string, schema: Schema, expected: string): z.output<Schema> {
  const parsed = schema.safeParse(name in Resource ? Reflect.get(Resource, name) : undefined);
  if (!parsed.success) throw new ConfigurationError(name, expected);
  return parsed.data;
}

function capitalize(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
