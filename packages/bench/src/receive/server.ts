import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSquareWebhook } from '@tributary/functions/webhooks/square';
import { answer } from '../child.ts';
import { key, notificationUrl, signatureHeader } from './delivery.ts';
import { payloadOf } from './payload.ts';

type Respond = (request: IncomingMessage, body: Buffer, response: ServerResponse) => Promise<void> | void;

/** What a server has done since it started. */
export interface ServerReport {
  accepted: number;
  /** User and system time of the process. */
  cpuMicros: number;
}

let accepted = 0;

const handler = createSquareWebhook({
  keys: () => [key],
  notificationUrl: () => notificationUrl,
  send: async () => {
    accepted += 1;
  },
});

const servers: Readonly<Record<string, Respond>> = {
  async ours(request, body, response) {
    // Writing the answer is the gateway's work on AWS: here as plainly as the bare server writes its own.
    const { statusCode = 500, headers: fields = {}, body: text } = await handler(payloadOf(request, body));
    response.statusCode = statusCode;
    for (const [name, value] of Object.entries(fields)) response.setHeader(name, String(value));
    response.end(text);
  },
  bare(request, body, response) {
    const expected = createHmac('sha256', key).update(notificationUrl).update(body).digest('base64');
    const given = Buffer.from(String(request.headers[signatureHeader]));
    const signed = given.length === expected.length && timingSafeEqual(given, Buffer.from(expected));
    if (signed) accepted += 1;
    response.statusCode = signed ? 200 : 401;
    response.end();
  },
};

const respond = servers[process.argv[2] ?? ''];
if (respond === undefined) throw new Error('which server?');

const server = createServer((request, response) => {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => respond(request, Buffer.concat(chunks), response));
});
await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
const { port } = server.address() as AddressInfo;

answer<{ what: 'port' | 'report' }>(({ what }) => {
  if (what === 'port') return port;
  const { user, system } = process.cpuUsage();
  return { accepted, cpuMicros: user + system } satisfies ServerReport;
});
