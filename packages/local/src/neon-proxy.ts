import { createServer, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { type WebSocket, WebSocketServer } from 'ws';
import { createNeonHttp } from './neon-http.ts';

export interface NeonProxy {
  readonly port: number;
  /** `host:port`, the value of `NEON_LOCAL_PROXY`. */
  readonly url: string;
  stop(): Promise<void>;
}

/** Bytes queued towards a slow client before reading from PostgreSQL pauses. */
const highWaterBytes = 1024 * 1024;

/** Carries PostgreSQL's wire protocol between one WebSocket and one TCP connection, both ends without Nagle's delay. */
function bridge(client: WebSocket, request: IncomingMessage, postgresPort: number): void {
  request.socket.setNoDelay(true);
  const server = connect({ port: postgresPort, host: '127.0.0.1', noDelay: true });
  client.on('message', (message: Buffer) => {
    // Paused for a server that is gone, the client would never be heard saying goodbye.
    if (!server.destroyed && !server.write(message)) client.pause();
  });
  server.on('drain', () => client.resume());
  server.on('data', (chunk) => {
    if (client.readyState !== client.OPEN) return;
    client.send(chunk, () => server.resume());
    if (client.bufferedAmount > highWaterBytes) server.pause();
  });
  server.on('end', () => client.close(1000));
  // A refused connection is told at once; the driver then fails its connect instead of waiting for a timeout.
  server.on('error', () => client.close(1011, 'PostgreSQL is unreachable'));
  server.on('close', () => {
    client.resume();
    client.close();
  });
  client.on('close', () => server.destroy());
  client.on('error', () => server.destroy());
}

/** Lets a closing handshake finish (cut short, the driver reports an error on a pool already ended), but waits for no one long. */
function closeGently(client: WebSocket): Promise<void> {
  return new Promise((closed) => {
    const deadline = setTimeout(() => client.terminate(), 300);
    client.once('close', () => {
      clearTimeout(deadline);
      closed();
    });
    client.close(1001);
  });
}

/**
 * What `@neondatabase/serverless` needs in front of a plain PostgreSQL: the WebSocket bridge at `/v1?address=` and the
 * HTTP protocol at `POST /sql`. Every address leads to `127.0.0.1:postgresPort`, so it cannot be used to reach others.
 * @see https://github.com/neondatabase/serverless/blob/main/DEPLOY.md
 */
export async function startNeonProxy(options: { postgresPort: number; port?: number }): Promise<NeonProxy> {
  const neonHttp = createNeonHttp(options.postgresPort);
  const http = createServer((request, response) => {
    if (request.method === 'POST' && request.url === '/sql') {
      void neonHttp.respond(request, response);
      return;
    }
    response.writeHead(404).end();
  });
  const sockets = new WebSocketServer({ server: http, path: '/v1', perMessageDeflate: false });
  sockets.on('connection', (client, request) => bridge(client, request, options.postgresPort));
  await new Promise<void>((resolve, reject) => {
    http.once('error', reject);
    sockets.once('error', reject);
    http.listen({ port: options.port ?? 0, host: '127.0.0.1' }, resolve);
  });
  const { port } = http.address() as AddressInfo;
  return {
    port,
    url: `127.0.0.1:${port}`,
    async stop() {
      await Promise.all([...sockets.clients].map(closeGently));
      sockets.close();
      http.closeAllConnections();
      await new Promise<void>((done) => http.close(() => done()));
      await neonHttp.stop();
    },
  };
}
