import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { queues } from '@tributary/infra/topology';
import { type FauxqsServer, startFauxqs } from 'fauxqs';

/** The part of a queue's specification SQS itself needs; `infra/topology.ts` has more. */
export interface QueueLimits {
  visibilityTimeoutSeconds: number;
  maxReceiveCount: number;
}

export interface QueueDepth {
  visible: number;
  inFlight: number;
  delayed: number;
  deadLettered: number;
}

export interface LocalSqs {
  /** Endpoint for `AWS_ENDPOINT_URL_SQS`. */
  readonly url: string;
  queueUrl(queue: string): string;
  queueArn(queue: string): string;
  deadLetterUrl(queue: string): string;
  depth(queue: string): QueueDepth;
  /** Takes the service away: new requests are refused, running ones end. No message is lost. */
  closeDoor(): Promise<void>;
  openDoor(): Promise<void>;
  stop(): Promise<void>;
}

export interface SqsOptions {
  port?: number;
  /** Folder for the messages; without it they live in memory until `stop()`. */
  dataDir?: string;
  queues?: Readonly<Record<string, QueueLimits>>;
}

export const region = 'us-east-1';
const deadLetterName = (queue: string) => `${queue}-dead-letters`;
const account = '000000000000';
const arnOf = (queue: string) => `arn:aws:sqs:${region}:${account}:${queue}`;
// The address itself, not fauxqs's sqs.<region>.localhost, which not every resolver knows.
const urlOf = (endpoint: string, queue: string) => `${endpoint}/${account}/${queue}`;
const fourteenDaysSeconds = String(14 * 24 * 60 * 60);

type Responder = (request: IncomingMessage, response: ServerResponse) => void;
interface FastifyLike {
  ready(): Promise<unknown>;
  routing: Responder;
  listen(): Promise<string>;
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1' }, () => resolve((server.address() as AddressInfo).port));
  });
}

/** An HTTP server on loopback that can be closed and opened again on the same port while what is behind it lives on. */
async function openDoors(port: number, responder: () => Responder) {
  let server: Server;
  const open = async (at: number) => {
    server = createServer((request, response) => {
      if (server.listening) responder()(request, response);
      else response.writeHead(503, { connection: 'close' }).end();
    });
    return listen(server, at);
  };
  const chosen = await open(port);
  const close = () =>
    new Promise<void>((closed) => {
      if (!server.listening) return closed();
      // Long polls are let finish: cut, they would take messages no one receives out of sight.
      server.close(() => closed());
      server.closeIdleConnections();
    });
  return { port: chosen, close, open: () => (server.listening ? Promise.resolve(chosen) : open(chosen)) };
}

/**
 * Starts `fauxqs` without letting it listen: it binds 0.0.0.0, and a queue without authentication belongs on loopback.
 * Fastify announces each instance on a diagnostics channel, which is where its `listen` is taken over.
 * @see https://fastify.dev/docs/latest/Reference/Hooks/#diagnostics-channel-hooks
 */
async function startBehind(port: number, dataDir: string | undefined) {
  let app: FastifyLike | undefined;
  const takeOver = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyLike };
    app = fastify;
    fastify.listen = async () => {
      await fastify.ready();
      return `http://127.0.0.1:${port}`;
    };
  };
  subscribe('fastify.initialization', takeOver);
  try {
    const started = startFauxqs({
      logger: false,
      defaultRegion: region,
      ...(dataDir === undefined ? {} : { dataDir }),
    });
    if (app === undefined) throw new Error('fauxqs created no Fastify instance; its version is not the expected one.');
    return { fauxqs: await started, routing: app.routing };
  } finally {
    unsubscribe('fastify.initialization', takeOver);
  }
}

/** Creates a queue and its dead-letter queue, or gives existing ones (kept in the data folder) today's limits. */
async function ensureQueue(fauxqs: FauxqsServer, endpoint: string, name: string, limits: QueueLimits): Promise<void> {
  const deadLetters = deadLetterName(name);
  const redrive = { deadLetterTargetArn: arnOf(deadLetters), maxReceiveCount: limits.maxReceiveCount };
  const attributes: Readonly<Record<string, Record<string, string>>> = {
    [deadLetters]: { MessageRetentionPeriod: fourteenDaysSeconds },
    [name]: { VisibilityTimeout: String(limits.visibilityTimeoutSeconds), RedrivePolicy: JSON.stringify(redrive) },
  };
  for (const [queue, Attributes] of Object.entries(attributes)) {
    // Creating an existing queue would empty it.
    if (fauxqs.inspectQueue(queue) === undefined) fauxqs.createQueue(queue);
    const headers = { 'content-type': 'application/x-amz-json-1.0', 'x-amz-target': 'AmazonSQS.SetQueueAttributes' };
    const body = JSON.stringify({ QueueUrl: urlOf(endpoint, queue), Attributes });
    const response = await fetch(endpoint, { method: 'POST', headers, body });
    if (!response.ok) throw new Error(`SQS refused the limits of ${queue}: ${await response.text()}`);
  }
}

/** SQS on 127.0.0.1 with every queue of the topology and its dead-letter queue. */
export async function startSqs(options: SqsOptions = {}): Promise<LocalSqs> {
  let routing: Responder = (_request, response) => response.writeHead(503).end();
  const doors = await openDoors(options.port ?? 0, () => routing);
  const behind = await startBehind(doors.port, options.dataDir);
  const { fauxqs } = behind;
  routing = behind.routing;

  const url = `http://127.0.0.1:${doors.port}`;
  const wanted: Readonly<Record<string, QueueLimits>> = options.queues ?? queues;
  for (const [name, limits] of Object.entries(wanted)) await ensureQueue(fauxqs, url, name, limits);
  const known = (queue: string) => {
    if (!(queue in wanted)) throw new Error(`No queue named ${queue}.`);
    return queue;
  };

  return {
    url,
    queueUrl: (queue) => urlOf(url, known(queue)),
    queueArn: (queue) => arnOf(known(queue)),
    deadLetterUrl: (queue) => urlOf(url, deadLetterName(known(queue))),
    depth(queue) {
      const messages = fauxqs.inspectQueue(queue)?.messages;
      const dead = fauxqs.inspectQueue(deadLetterName(queue))?.messages;
      return {
        visible: messages?.ready.length ?? 0,
        inFlight: messages?.inflight.length ?? 0,
        delayed: messages?.delayed.length ?? 0,
        deadLettered: (dead?.ready.length ?? 0) + (dead?.inflight.length ?? 0),
      };
    },
    closeDoor: doors.close,
    openDoor: async () => {
      await doors.open();
    },
    async stop() {
      await doors.close();
      await fauxqs.stop();
    },
  };
}
