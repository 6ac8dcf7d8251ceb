import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSquareWebhook } from '@tributary/functions/webhooks/square';
import { createXeroWebhook } from '@tributary/functions/webhooks/xero';
import { answer } from '../child.ts';
import { key, notificationUrl, signatureHeader } from './delivery.ts';
import { payloadOf } from './payload.ts';
import { key as xeroKey, path as xeroPath } from './xero.ts';

type Respond = (request: IncomingMessage, body: Buffer, response: ServerResponse) => Promise<void> | void;

/** What a server has done since it started. */
export interface ServerReport {
  accepted: number;
  /** User and system time of the process. */
  cpuMicros: number;
}

let accepted = 0;

const send = async () => {
  accepted += 1;
};
const square = createSquareWebhook({ keys: () => [key], notificationUrl: () => notificationUrl, send });
const xero = createXeroWebhook({ keys: () => [xeroKey], send });

/** Writing the answer is the gateway's work on AWS: here as plainly as the bare server writes its own. */
function write(response: ServerResponse, answered: Awaited<ReturnType<typeof square>>): void {
  const { statusCode = 500, headers: fields = {}, body: text } = answered;
  response.statusCode = statusCode;
  for (const [name, value] of Object.entries(fields)) response.setHeader(name, String(value));
  response.end(text);
}

const servers: Readonly<Record<string, Respond>> = {
  ours: async (request, body, response) => write(response, await square(payloadOf(request, body))),
  xero: async (request, body, response) => write(response, await xero(payloadOf(request, body, xeroPath))),
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
