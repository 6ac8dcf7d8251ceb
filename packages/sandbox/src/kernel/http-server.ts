import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { SandboxRequest, Transmission } from './message.ts';
import type { Simulation } from './simulation.ts';
import { later, type Timeline } from './timeline.ts';

export interface SandboxServer {
  readonly url: string;
  /** Ends also what is still open. */
  stop(): Promise<void>;
}

/** Serves a simulation on 127.0.0.1, on a free port unless one is given. */
export async function startHttpServer(
  simulation: Pick<Simulation, 'answer' | 'timeline'>,
  port = 0,
): Promise<SandboxServer> {
  const server = createServer((incoming, response) => {
    // A client that goes away half way through its request is no matter of the simulator's.
    readRequest(incoming)
      .then((request) => simulation.answer(request))
      .then((transmission) => send(transmission, response, simulation.timeline))
      .catch((error: unknown) => response.destroy(error instanceof Error ? error : undefined));
  });
  await new Promise<void>((done, failed) => {
    server.once('error', failed);
    server.listen(port, '127.0.0.1', done);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((done) => {
        server.close(() => done());
        server.closeAllConnections();
      }),
  };
}

async function readRequest(incoming: IncomingMessage): Promise<SandboxRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(chunk);
  const url = new URL(incoming.url ?? '/', 'http://sandbox.invalid');
  const headers = Object.entries(incoming.headers).map(([name, value]) => [name, String(value)]);
  return {
    method: incoming.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    headers: Object.fromEntries(headers),
    body: Buffer.concat(chunks),
  };
}

function send(transmission: Transmission, response: ServerResponse, timeline: Timeline): void {
  if (transmission.kind === 'never') return;
  if (transmission.kind === 'reset') {
    response.socket?.resetAndDestroy();
    return;
  }
  const { body } = transmission;
  response.sendDate = false;
  response.writeHead(transmission.status, transmission.headers);
  if (transmission.kind === 'cut') response.write(body.subarray(0, transmission.sent), () => response.destroy());
  else if (transmission.kind === 'dripped') drip(response, body, transmission, timeline);
  else response.end(body);
}

function drip(
  response: ServerResponse,
  body: Buffer,
  { pieces, pauseMs }: { pieces: number; pauseMs: number },
  timeline: Timeline,
): void {
  const length = Math.max(1, Math.ceil(body.byteLength / pieces));
  response.write(body.subarray(0, length));
  const rest = body.subarray(length);
  timeline.at(later(timeline, pauseMs), () => {
    if (rest.byteLength === 0) response.end();
    else drip(response, rest, { pieces: pieces - 1, pauseMs }, timeline);
  });
}
