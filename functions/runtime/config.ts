import type {
  ApplicationSecret,
  DatabaseLogin,
  KeySecret,
  QueueName,
  Setting,
  WebhookSecret,
} from '@tributary/infra/specs';
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

/** What the edge proves itself with: any of several 32-byte keys in base64, with commas between; the first is what it sends. */
export function edgeKeys(): readonly string[] {
  const keys = linked('EdgeKeys', secret, 'a secret').value.split(',');
  if (keys.every((key) => Buffer.from(key, 'base64').byteLength === 32)) return keys;
  throw new ConfigurationError('EdgeKeys', '32 bytes in base64, or several such with commas between');
}

/** What Lambda itself tells every function. */
type Ambient = 'AWS_REGION' | 'AWS_ACCESS_KEY_ID' | 'AWS_SECRET_ACCESS_KEY';

export function setting(name: Setting | Ambient): string {
  const value = process.env[name];
  if (!value) throw new ConfigurationError(name, 'an environment variable');
  return value;
}

const secretList = z
  .array(z.strictObject({ version: z.int(), value: z.string().check(z.minLength(32)) }))
  .check(z.minLength(1));

/** What sessions are signed with and secrets of people encrypted under, the current first; those after it still decrypt. */
export function authSecrets(): { version: number; value: string }[] {
  const parsed = secretList.safeParse(parseJson(linked('AuthSecrets', secret, 'a secret').value));
  if (!parsed.success) {
    throw new ConfigurationError(
      'AuthSecrets',
      'a JSON list of {version, value}, each value of 32 characters at least',
    );
  }
  return parsed.data;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** What somebody who signs up is at first. */
export function newUserStatus(): 'active' | 'pending_approval' {
  const status = setting('NEW_USER_STATUS');
  if (status === 'active' || status === 'pending_approval') return status;
  throw new ConfigurationError('NEW_USER_STATUS', 'active or pending_approval');
}

/** Of the local stand-in for Amazon SES; null in the cloud. Only loopback, so that no stage's mails can be led elsewhere. */
export function sesEndpoint(): string | null {
  const url = process.env.AWS_ENDPOINT_URL_SESV2;
  if (!url) return null;
  if (!/^http:\/\/(127\.0\.0\.1|localhost):\d{1,5}$/.test(url)) {
    throw new ConfigurationError('AWS_ENDPOINT_URL_SESV2', 'a loopback address with a port');
  }
  return url;
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
