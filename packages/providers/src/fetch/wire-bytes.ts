import { AsyncLocalStorage } from 'node:async_hooks';
import { subscribe } from 'node:diagnostics_channel';

/** Counts what arrives for a body before it is unpacked. */
interface Counter {
  bytes: number;
}

const current = new AsyncLocalStorage<Counter>();
const counters = new WeakMap<object, Counter>();

// fetch unpacks on its own and a chunked answer has no length, but Node's client tells each piece that arrives
// (https://undici.nodejs.org/#/docs/api/DiagnosticsChannel).
subscribe('undici:request:create', (message) => {
  const counter = current.getStore();
  if (counter) counters.set((message as { request: object }).request, counter);
});
subscribe('undici:request:bodyChunkReceived', (message) => {
  const { request, chunk } = message as { request: object; chunk: Uint8Array };
  const counter = counters.get(request);
  if (counter) counter.bytes += chunk.byteLength;
});

/** Runs `ask` with a counter of the body's bytes on the wire. It stays at 0 when `ask` reaches for no network. */
export function countWireBytes<Result>(ask: (counter: Readonly<Counter>) => Promise<Result>): Promise<Result> {
  const counter = { bytes: 0 };
  return current.run(counter, () => ask(counter));
}
