import { hash } from 'node:crypto';
import { type Clock, systemClock } from '@tributary/core/clock';
import type { ProviderName } from '@tributary/core/facts';
import type { Verdict, WebhookRequest } from '@tributary/providers/verdict';
import type { DeliveryMessage } from '@tributary/queue/message';
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { ConfigurationError } from './config.ts';
import { errorFields, type LogFields, type LogLevel, log } from './log.ts';

/** Far above what a provider sends; in base64 it is a third of what SQS takes. */
export const maxBodyBytes = 262_144;

export type Send = (message: DeliveryMessage) => Promise<void>;
export type WebhookHandler = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

export interface Webhook {
  provider: ProviderName;
  /** Headers that are stored, in lower case. A header that is itself a secret must not be here. */
  keptHeaders: readonly string[];
  /** `at` is when the request came in: keys may end. */
  verify: (request: WebhookRequest, at: Date) => Verdict;
  /** The URL stored with the delivery: what was signed, where a scheme signs one. */
  urlOf: (event: APIGatewayProxyEventV2) => string;
  /** Resolves once the queue has taken the message. */
  send: Send;
  now?: Clock | undefined;
}

type Proven = Extract<Verdict, { outcome: 'signed' | 'handshake' }>;
type Outcome = Exclude<Verdict['outcome'], 'signed'> | 'accepted' | 'method' | 'too_large' | 'unavailable';

/** What a request came to: the status answered, and how loudly to say so. 503 asks the provider to send it again. */
const answers = {
  accepted: { status: 200, level: 'INFO' },
  handshake: { status: 200, level: 'WARN' },
  unsigned: { status: 401, level: 'WARN' },
  forged: { status: 401, level: 'WARN' },
  method: { status: 405, level: 'WARN' },
  too_large: { status: 413, level: 'WARN' },
  misconfigured: { status: 503, level: 'ERROR' },
  unavailable: { status: 503, level: 'ERROR' },
} as const satisfies Record<Outcome, { status: number; level: LogLevel }>;

interface Receipt extends LogFields {
  outcome: Outcome;
}

/**
 * The way in for every provider: method, size, bytes, proof, queue; no database and no parsing of what was sent.
 * It answers 200 only after the queue has taken the bytes, and always with an empty body and no cookie.
 */
export function createWebhook(webhook: Webhook): WebhookHandler {
  return async (event) => {
    const receipt = await receive(webhook, event);
    const { status, level } = answers[receipt.outcome];
    log(level, 'webhook', { provider: webhook.provider, requestId: event.requestContext.requestId, ...receipt });
    return { statusCode: status, headers: { 'content-type': 'text/plain' }, body: '' };
  };
}

async function receive(webhook: Webhook, event: APIGatewayProxyEventV2): Promise<Receipt> {
  if (event.requestContext.http.method !== 'POST') return { outcome: 'method' };
  const bytes = bodySize(event);
  if (bytes > maxBodyBytes) return { outcome: 'too_large', bytes };
  try {
    const request = { body: bodyOf(event), headers: lowerCased(event.headers) };
    const receivedAt = (webhook.now ?? systemClock)();
    const verdict = webhook.verify(request, receivedAt);
    if (verdict.outcome !== 'signed' && verdict.outcome !== 'handshake') return { outcome: verdict.outcome, bytes };
    const refusal = await refusalOf(webhook.send(toMessage(webhook, event, request, { ...verdict, receivedAt })));
    if (refusal) return { outcome: 'unavailable', bytes, ...refusal };
    return { outcome: verdict.outcome === 'handshake' ? 'handshake' : 'accepted', bytes, keyId: verdict.keyId };
  } catch (error) {
    if (error instanceof ConfigurationError) return { outcome: 'misconfigured', bytes, missing: error.missing };
    throw error;
  }
}

function toMessage(
  webhook: Webhook,
  event: APIGatewayProxyEventV2,
  { body, headers }: WebhookRequest,
  { outcome, keyId, receivedAt }: Proven & { receivedAt: Date },
): DeliveryMessage {
  const kept: Record<string, string> = {};
  for (const name of webhook.keptHeaders) {
    const value = headers[name];
    if (value !== undefined) kept[name] = value;
  }
  return {
    kind: 'delivery',
    v: 1,
    provider: webhook.provider,
    handshake: outcome === 'handshake',
    keyId,
    receivedAt: receivedAt.toISOString(),
    url: webhook.urlOf(event),
    headers: kept,
    sha256: hash('sha256', body),
    // A view, not a copy.
    body: Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('base64'),
  };
}

/** Null when the queue took it, else the class of what stood in the way. */
async function refusalOf(sending: Promise<void>): Promise<LogFields | null> {
  try {
    await sending;
    return null;
  } catch (error) {
    if (error instanceof ConfigurationError) throw error;
    return errorFields(error);
  }
}

/** Bytes of the body, without decoding it. */
function bodySize({ body = '', isBase64Encoded }: APIGatewayProxyEventV2): number {
  return Buffer.byteLength(body, isBase64Encoded ? 'base64' : 'utf8');
}

function bodyOf({ body = '', isBase64Encoded }: APIGatewayProxyEventV2): Buffer {
  return Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8');
}

function lowerCased(headers: APIGatewayProxyEventV2['headers']): WebhookRequest['headers'] {
  const names = Object.keys(headers);
  // As the gateway sends them: nothing to copy.
  if (names.every((name) => name === name.toLowerCase())) return headers;
  const lower: Record<string, string> = {};
  for (const name of names) {
    const value = headers[name];
    if (value === undefined) continue;
    const key = name.toLowerCase();
    // As the gateway joins a repeated header: two signatures are then no signature.
    lower[key] = Object.hasOwn(lower, key) ? `${lower[key]},${value}` : value;
  }
  return lower;
}
