import { createCipheriv, createDecipheriv, randomBytes, randomUUID } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { dirname } from 'node:path';

export interface KmsOptions {
  /** Fixed port; without it a free one is chosen. */
  port?: number;
  /** Keeps the key across restarts, so what was sealed yesterday still opens. Without it the key dies with the server. */
  keyFile?: string;
}

export interface LocalKms {
  /** For `AWS_ENDPOINT_URL_KMS`. */
  readonly url: string;
  /** Same as long as the key file is. */
  readonly keyArn: string;
  stop(): Promise<void>;
}

interface Key {
  id: string;
  arn: string;
  material: Buffer;
  enabled: boolean;
}

type Request = Readonly<Record<string, unknown>>;

/** A refusal as KMS words it: the SDK turns `name` into the error class. */
class Refusal extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

const maxRequestBytes = 64 * 1024;
const formatVersion = 1;
const ivBytes = 12;
const tagBytes = 16;
const idBytes = 16;

/**
 * An AWS KMS stand-in with one symmetric key, on 127.0.0.1, for `@aws-sdk/client-kms` with any credentials.
 * Speaks AwsJson 1.1 (https://smithy.io/2.0/aws/protocols/aws-json-1_1-protocol.html): GenerateDataKey, Decrypt, DescribeKey,
 * DisableKey, EnableKey. As in KMS the encryption context is authenticated and must match exactly, in any order.
 */
export async function startKms(options: KmsOptions = {}): Promise<LocalKms> {
  const key = options.keyFile === undefined ? newKey() : loadKey(options.keyFile);
  const server = createServer(async (request, response) => {
    response.setHeader('content-type', 'application/x-amz-json-1.1');
    response.setHeader('x-amzn-requestid', randomUUID());
    try {
      response.end(JSON.stringify(answer(key, request, await readBody(request))));
    } catch (error) {
      const refusal = error instanceof Refusal ? error : new Refusal('KMSInternalException', 'internal failure');
      response.statusCode = error instanceof Refusal ? 400 : 500;
      response.end(JSON.stringify({ __type: refusal.name, message: refusal.message }));
    }
  });
  await listen(server, options.port ?? 0);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    keyArn: key.arn,
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

const operations: Readonly<Record<string, (key: Key, request: Request) => object>> = {
  GenerateDataKey(key, request) {
    requireUsable(key, request.KeyId);
    const plaintext = randomBytes(dataKeyBytes(request));
    return {
      KeyId: key.arn,
      Plaintext: plaintext.toString('base64'),
      CiphertextBlob: wrap(key, plaintext, contextBytes(request)).toString('base64'),
    };
  },
  Decrypt(key, request) {
    if (request.KeyId !== undefined) requireUsable(key, request.KeyId);
    if (typeof request.CiphertextBlob !== 'string') throw invalid('CiphertextBlob is missing');
    const plaintext = unwrap(key, Buffer.from(request.CiphertextBlob, 'base64'), contextBytes(request));
    requireUsable(key, key.arn);
    return { KeyId: key.arn, Plaintext: plaintext.toString('base64'), EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' };
  },
  DescribeKey(key, request) {
    requireKnown(key, request.KeyId);
    return { KeyMetadata: describe(key) };
  },
  DisableKey(key, request) {
    requireKnown(key, request.KeyId);
    key.enabled = false;
    return {};
  },
  EnableKey(key, request) {
    requireKnown(key, request.KeyId);
    key.enabled = true;
    return {};
  },
};

function answer(key: Key, request: IncomingMessage, body: Buffer): object {
  if (!request.headers.authorization?.startsWith('AWS4-HMAC-SHA256 ')) {
    throw new Refusal('MissingAuthenticationTokenException', 'The request is not signed.');
  }
  const name = String(request.headers['x-amz-target'] ?? '').replace(/^TrentService\./, '');
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  if (operation === undefined) throw new Refusal('UnknownOperationException', `Not offered here: ${name}`);
  return operation(key, parse(body));
}

function parse(body: Buffer): Request {
  try {
    const parsed: unknown = JSON.parse(body.toString('utf8'));
    if (typeof parsed === 'object' && parsed !== null) return parsed as Request;
  } catch {
    // Not JSON: the same refusal as JSON of another shape.
  }
  throw new Refusal('SerializationException', 'The body is not a JSON object.');
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > maxRequestBytes) throw invalid('The request is too large.');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function wrap(key: Key, plaintext: Buffer, context: Buffer): Buffer {
  const iv = randomBytes(ivBytes);
  const header = Buffer.concat([Buffer.of(formatVersion), keyIdBytes(key)]);
  const cipher = createCipheriv('aes-256-gcm', key.material, iv, { authTagLength: tagBytes });
  cipher.setAAD(Buffer.concat([header, context]));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return Buffer.concat([header, iv, cipher.getAuthTag(), ciphertext]);
}

function unwrap(key: Key, blob: Buffer, context: Buffer): Buffer {
  const header = blob.subarray(0, 1 + idBytes);
  const iv = blob.subarray(header.length, header.length + ivBytes);
  const tag = blob.subarray(header.length + ivBytes, header.length + ivBytes + tagBytes);
  // One answer for every reason, as KMS does: a caller learns nothing about which part was wrong.
  const refusal = new Refusal('InvalidCiphertextException', '');
  if (tag.length !== tagBytes || !header.equals(Buffer.concat([Buffer.of(formatVersion), keyIdBytes(key)])))
    throw refusal;
  const decipher = createDecipheriv('aes-256-gcm', key.material, iv, { authTagLength: tagBytes });
  decipher.setAAD(Buffer.concat([header, context]));
  decipher.setAuthTag(tag);
  try {
    return Buffer.concat([decipher.update(blob.subarray(header.length + ivBytes + tagBytes)), decipher.final()]);
  } catch {
    throw refusal;
  }
}

function contextBytes(request: Request): Buffer {
  const context = request.EncryptionContext ?? {};
  if (typeof context !== 'object' || context === null) throw invalid('EncryptionContext is not a map');
  const pairs = Object.entries(context);
  if (pairs.some(([, value]) => typeof value !== 'string'))
    throw invalid('EncryptionContext holds a value that is no string');
  return Buffer.from(JSON.stringify(pairs.sort(([a], [b]) => (a < b ? -1 : 1))));
}

function dataKeyBytes(request: Request): number {
  const { KeySpec: spec, NumberOfBytes: count } = request;
  if ((spec === undefined) === (count === undefined)) throw invalid('Give either KeySpec or NumberOfBytes.');
  if (spec === 'AES_256') return 32;
  if (spec === 'AES_128') return 16;
  if (typeof count === 'number' && Number.isInteger(count) && count >= 1 && count <= 1024) return count;
  throw invalid('KeySpec or NumberOfBytes is out of range.');
}

function requireKnown(key: Key, keyId: unknown): void {
  if (typeof keyId !== 'string' || keyId === '') throw invalid('KeyId is missing');
  if (keyId !== key.arn && keyId !== key.id) throw new Refusal('NotFoundException', `Key '${keyId}' does not exist`);
}

function requireUsable(key: Key, keyId: unknown): void {
  requireKnown(key, keyId);
  if (!key.enabled) throw new Refusal('DisabledException', `${key.arn} is disabled.`);
}

function describe(key: Key): object {
  return {
    Arn: key.arn,
    KeyId: key.id,
    Enabled: key.enabled,
    KeyState: key.enabled ? 'Enabled' : 'Disabled',
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeySpec: 'SYMMETRIC_DEFAULT',
  };
}

function invalid(message: string): Refusal {
  return new Refusal('ValidationException', message);
}

function keyIdBytes(key: Key): Buffer {
  return Buffer.from(key.id.replaceAll('-', ''), 'hex');
}

function toKey(id: string, material: Buffer): Key {
  return { id, arn: `arn:aws:kms:us-east-1:000000000000:key/${id}`, material, enabled: true };
}

function newKey(): Key {
  return toKey(randomUUID(), randomBytes(32));
}

function loadKey(file: string): Key {
  try {
    return readKey(file);
  } catch (error) {
    // Only a missing file means a first start: a damaged one must not silently become another key.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw new Error(`The KMS key file ${file} cannot be read.`);
  }
  const key = newKey();
  mkdirSync(dirname(file), { recursive: true });
  const unfinished = `${file}.${process.pid}`;
  writeFileSync(unfinished, JSON.stringify({ id: key.id, material: key.material.toString('base64') }), { mode: 0o600 });
  renameSync(unfinished, file);
  return key;
}

function readKey(file: string): Key {
  const { id, material } = JSON.parse(readFileSync(file, 'utf8')) as { id: string; material: string };
  const key = toKey(id, Buffer.from(material, 'base64'));
  if (key.material.length !== 32 || keyIdBytes(key).length !== idBytes) throw new Error('not a key');
  return key;
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((done, failed) => {
    server.once('error', failed);
    server.listen(port, '127.0.0.1', done);
  });
}
