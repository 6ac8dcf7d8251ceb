import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { createKms, KmsRefusal } from './kms-operations.ts';

export interface KmsOptions {
  /** Fixed port; without it a free one is chosen. */
  port?: number;
  /** Keeps the keys across restarts, so what was sealed yesterday still opens. Without it they die with the server. */
  keyFile?: string;
}

export interface LocalKms {
  /** For `AWS_ENDPOINT_URL_KMS`. */
  readonly url: string;
  /** The first key, the same as long as the key file is. `CreateKey` makes others. */
  readonly keyArn: string;
  /** From now on calls meet this fault, until it has met `times` of them; it takes the place of the one before. */
  disturb(fault: KmsFault): void;
  stop(): Promise<void>;
}

/** What a call meets before it is answered. */
export interface KmsFault {
  /** How many calls it meets; without it, all that follow. */
  times?: number;
  /** How long the call waits. */
  delayMs?: number;
  /** The error it gets instead of an answer. */
  error?: keyof typeof faultStatus;
}

/** Failures KMS has of its own, with their HTTP status: https://docs.aws.amazon.com/kms/latest/APIReference/CommonErrors.html and each operation's errors. */
const faultStatus = {
  ThrottlingException: 400,
  AccessDeniedException: 400,
  KMSInternalException: 500,
  KeyUnavailableException: 500,
  DependencyTimeoutException: 503,
} as const;

const maxRequestBytes = 64 * 1024;

/**
 * An AWS KMS stand-in with symmetric keys, on 127.0.0.1, for `@aws-sdk/client-kms` with any credentials.
 * Speaks AwsJson 1.1 (https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html): GenerateDataKey, Decrypt, CreateKey,
 * DescribeKey, DisableKey, EnableKey, RotateKeyOnDemand. As in KMS the encryption context is authenticated and must match
 * exactly, in any order, and a key's former material opens what it wrapped.
 */
export async function startKms(options: KmsOptions = {}): Promise<LocalKms> {
  const kms = createKms(options.keyFile);
  let fault: KmsFault = { times: 0 };
  const meetFault = async () => {
    const { times = Number.POSITIVE_INFINITY, delayMs = 0, error } = fault;
    if (times <= 0) return;
    fault = { ...fault, times: times - 1 };
    // Not kept alive for it: a stopped server answers nobody.
    if (delayMs > 0) await wait(delayMs, undefined, { ref: false });
    if (error !== undefined) throw new KmsRefusal(error, 'This call was chosen to fail.');
  };
  const server = createServer(async (request, response) => {
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.setHeader('x-amzn-requestid', randomUUID());
    try {
      const body = await readBody(request);
      await meetFault();
      response.end(JSON.stringify(kms.call(operationOf(request), parse(body))));
    } catch (error) {
      const refusal = error instanceof KmsRefusal ? error : new KmsRefusal('KMSInternalException', 'internal failure');
      response.statusCode = (faultStatus as Record<string, number>)[refusal.name] ?? 400;
      response.end(JSON.stringify({ __type: refusal.name, message: refusal.message }));
    }
  });
  await listen(server, options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    keyArn: kms.keyArn,
    disturb(next) {
      fault = next;
    },
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

function operationOf(request: IncomingMessage): string {
  if (!request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 ')) {
    throw new KmsRefusal('MissingAuthenticationTokenException', 'The request is not signed.');
  }
  return String(request.headers['x-amz-target'] ?? '').replace(/^TrentService\./, '');
}

function parse(body: Buffer): Readonly<Record<string, unknown>> {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>;
  } catch {
    // Not JSON: the same refusal as JSON of another shape.
  }
  throw new KmsRefusal('SerializationException', 'The body is not a JSON object.');
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxRequestBytes) throw new KmsRefusal('ValidationException', 'The request is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((done, failed) => {
    server.once('error', failed);
    server.listen(port, '127.0.0.1', done);
  });
}
