import type { ServerResponse } from 'node:http';

/** What a request can meet instead of its answer. The right answer is given as text for those that spoil it. */
const faults = {
  /** 16 requests per second and token. */
  rate_limit: (response: ServerResponse) => tooMany(response, { 'X-RateLimit-tokenLimit': '16' }),
  /** 5 requests at once per token; only the limits on concurrency come with a time to wait. */
  concurrency_limit: (response: ServerResponse) =>
    tooMany(response, { 'X-RateLimit-tokenConcurrentLimit': '5', 'retry-after': '2' }),
  server_error: (response: ServerResponse) => {
    response.writeHead(500, { 'content-type': 'application/json' }).end('{"message":"500 Internal Server Error"}');
  },
  /** Accepted, never answered: the connection stays open until the client or the simulator closes it. */
  timeout: () => undefined,
  html: (response: ServerResponse) => {
    response.writeHead(200, { 'content-type': 'text/html' }).end('<!doctype html><title>Maintenance</title>');
  },
  /** The connection breaks half way through the right answer. */
  truncated: (response: ServerResponse, answer: string) => {
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(answer) });
    response.write(answer.slice(0, answer.length / 2), () => response.destroy());
  },
} as const satisfies Record<string, (response: ServerResponse, answer: string) => void>;

export type FaultKind = keyof typeof faults;

/** A plan of faults: each is met by one request, in the order they were planned. */
export function createFaultPlan() {
  const planned: FaultKind[] = [];
  return {
    add: (kind: FaultKind, times: number) => {
      for (let count = 0; count < times; count += 1) planned.push(kind);
    },
    next: (): FaultKind | null => planned.shift() ?? null,
    meet: (kind: FaultKind, response: ServerResponse, answer: string) => faults[kind](response, answer),
  };
}

function tooMany(response: ServerResponse, headers: Record<string, string>): void {
  response
    .writeHead(429, { 'content-type': 'application/json', ...headers })
    .end('{"message":"429 Too Many Requests"}');
}
