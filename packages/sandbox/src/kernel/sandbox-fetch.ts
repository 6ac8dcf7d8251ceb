import { constants, gunzipSync } from 'node:zlib';
import type { SandboxRequest, Transmission } from './message.ts';
import type { Simulation } from './simulation.ts';
import { later, type Timeline } from './timeline.ts';

/**
 * A `fetch` that asks the simulation without a network: the origin of the URL does not matter, redirects are not
 * followed, and faults come as they come from a server: a rejected promise, a body that breaks off, no answer.
 */
export function createSandboxFetch(simulation: Pick<Simulation, 'answer' | 'timeline'>): typeof fetch {
  return async (input, init) => {
    const signal = init?.signal ?? (input instanceof Request ? input.signal : null);
    const request = await toRequest(new Request(input, init));
    signal?.throwIfAborted();
    const answered = simulation.answer(request).then((sent) => toResponse(sent, simulation.timeline, signal));
    const settled = new AbortController();
    // Never, without a signal: as a connection on which nothing comes.
    const aborted = new Promise<never>((_, reject) => {
      signal?.addEventListener('abort', () => reject(signal.reason), { once: true, signal: settled.signal });
    });
    return Promise.race([answered, aborted]).finally(() => settled.abort());
  };
}

async function toRequest(request: Request): Promise<SandboxRequest> {
  const url = new URL(request.url);
  return {
    method: request.method,
    path: url.pathname,
    query: url.searchParams,
    headers: Object.fromEntries(request.headers),
    body: request.body === null ? Buffer.alloc(0) : Buffer.from(await request.arrayBuffer()),
  };
}

function toResponse(
  transmission: Transmission,
  timeline: Timeline,
  signal: AbortSignal | null,
): Response | Promise<never> {
  if (transmission.kind === 'never') return new Promise(() => undefined);
  if (transmission.kind === 'reset')
    throw new TypeError('fetch failed', { cause: Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }) });
  const { status, headers } = transmission;
  return new Response(toBody(transmission, timeline, signal), { status, headers });
}

function toBody(
  transmission: Exclude<Transmission, { kind: 'never' | 'reset' }>,
  timeline: Timeline,
  signal: AbortSignal | null,
): Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array> | null {
  const { status, headers, body } = transmission;
  if (status === 204 || status === 304) return null;
  if (transmission.kind === 'cut') return cutStream(body.subarray(0, transmission.sent));
  if (transmission.kind === 'dripped') return drippedStream(body, transmission, timeline, signal);
  // Half a stream is unpacked as far as it goes, as by Node's own fetch: no error tells that the rest is missing.
  if (headers['content-encoding'] === 'gzip')
    return new Uint8Array(gunzipSync(body, { finishFlush: constants.Z_SYNC_FLUSH }));
  return new Uint8Array(body);
}

function cutStream(sent: Buffer): ReadableStream<Uint8Array> {
  let isSent = false;
  return new ReadableStream({
    pull: (controller) => {
      if (isSent || sent.byteLength === 0) controller.error(new TypeError('terminated'));
      else controller.enqueue(new Uint8Array(sent));
      isSent = true;
    },
  });
}

function drippedStream(
  body: Buffer,
  { pieces, pauseMs }: { pieces: number; pauseMs: number },
  timeline: Timeline,
  signal: AbortSignal | null,
): ReadableStream<Uint8Array> {
  const length = Math.max(1, Math.ceil(body.byteLength / pieces));
  let start = 0;
  return new ReadableStream({
    start: (controller) => {
      signal?.addEventListener('abort', () => controller.error(signal.reason), { once: true });
    },
    pull: async (controller) => {
      if (start > 0) await new Promise<void>((passed) => timeline.at(later(timeline, pauseMs), passed));
      if (signal?.aborted) return;
      if (start >= body.byteLength) controller.close();
      else controller.enqueue(new Uint8Array(body.subarray(start, start + length)));
      start += length;
    },
  });
}
