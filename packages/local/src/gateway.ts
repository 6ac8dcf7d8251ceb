import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readBody } from './http-body.ts';
import type { InvocationResult } from './lambda-error.ts';
import { eventOf, throughEdge, writeResult } from './payload-v2.ts';
import { matchRoute, type Route } from './routing.ts';

export interface GatewayRoute extends Route {
  surface: 'webhook' | 'api';
}

export interface GatewayOptions<R extends GatewayRoute> {
  port: number;
  routes: readonly R[];
  invoke: (functionName: R['function'], event: unknown) => Promise<InvocationResult>;
  /** What the edge in front of the function URLs proves itself with. */
  edgeKey: string;
  /** Answers requests that are not the deployment's; true when it did. */
  local?: (request: IncomingMessage, response: ServerResponse) => Promise<boolean>;
  log: (line: string) => void;
}

export interface Gateway {
  readonly url: string;
  readonly port: number;
  /** Lets running requests end, cuts open streams. */
  stop(): Promise<void>;
}

/** API Gateway's cap on a request body. */
const bodyLimitBytes = 10 * 1024 * 1024;

const refusals = {
  notFound: [404, 'Not Found'],
  tooLarge: [413, 'Request Entity Too Large'],
  failed: [500, 'Internal Server Error'],
  badGateway: [502, 'Internal Server Error'],
  timedOut: [504, 'Endpoint request timed out'],
} as const;

function refuse(response: ServerResponse, refusal: keyof typeof refusals): void {
  const [status, message] = refusals[refusal];
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message }));
}

/** API Gateway answers 500 for a failed function, a function URL 502. */
function refusalOf(errorType: string, surface: GatewayRoute['surface']): keyof typeof refusals {
  if (errorType === 'Sandbox.Timedout') return 'timedOut';
  if (errorType === 'RequestEntityTooLargeException') return 'tooLarge';
  return surface === 'webhook' ? 'failed' : 'badGateway';
}

async function serve<R extends GatewayRoute>(
  options: GatewayOptions<R>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const match = matchRoute(options.routes, request.method ?? 'GET', path);
  if (match === undefined) {
    if (!(await options.local?.(request, response))) refuse(response, 'notFound');
    return;
  }
  const body = await readBody(request, bodyLimitBytes);
  if (body === undefined) {
    response.setHeader('connection', 'close');
    refuse(response, 'tooLarge');
    return;
  }
  const arrived = eventOf(request, body, match);
  const event = match.route.surface === 'api' ? throughEdge(arrived, options.edgeKey) : arrived;
  const result = await options.invoke(match.route.function, event);
  if (result.functionError === undefined) return writeResult(response, result.payload);
  refuse(response, refusalOf(result.payload.errorType, match.route.surface));
}

/** The front door on 127.0.0.1: API Gateway v2, and the edge with function URLs, for every route of the topology, plus what only exists locally. */
export async function startGateway<R extends GatewayRoute>(options: GatewayOptions<R>): Promise<Gateway> {
  const server = createServer((request, response) => {
    serve(options, request, response).catch((error: unknown) => {
      // A caller that hung up, or a result that is no HTTP response.
      options.log(`request not answered: ${String(error)}`);
      if (response.headersSent) response.destroy();
      else refuse(response, 'failed');
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port: options.port, host: '127.0.0.1' }, resolve);
  });
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    async stop() {
      const closed = new Promise<void>((done) => server.close(() => done()));
      server.closeIdleConnections();
      const cut = setTimeout(() => server.closeAllConnections(), 1000);
      await closed;
      clearTimeout(cut);
    },
  };
}
