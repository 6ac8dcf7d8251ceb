import { gzipSync } from 'node:zlib';
import type { Fault, RequestFault, ResponseFault } from './faults.ts';
import type { Message, Reply, Transmission } from './message.ts';
import { later, type Timeline } from './timeline.ts';

const html = '<!doctype html><html><head><title>Maintenance</title></head><body>Back soon.</body></html>';

export type RefusedStatus = 429 | 500 | 503;

/** Instead of the simulator's answer, before it acted. `refuse` is the provider's own way; Retry-After is added. */
export function refuseFor(
  fault: Fault<RequestFault>,
  refuse: (status: RefusedStatus) => Reply,
  timeline: Timeline,
): Transmission {
  const refusal = (status: RefusedStatus, retryAfter?: string): Transmission => {
    const { headers, ...reply } = refuse(status);
    return whole({ ...reply, headers: { ...headers, ...(retryAfter && { 'retry-after': retryAfter }) } }, timeline);
  };
  switch (fault.kind) {
    case 'rate_limited_seconds':
      return refusal(429, String(fault.seconds));
    case 'rate_limited_date':
      return refusal(429, later(timeline, fault.seconds * 1000).toUTCString());
    case 'rate_limited_silent':
      return refusal(429);
    case 'server_error':
      return refusal(500);
    case 'bad_gateway':
      return whole({ status: 502, headers: { 'content-type': 'text/html' }, body: html }, timeline);
    case 'unavailable':
      return refusal(503, String(fault.seconds));
    case 'no_answer':
      return { kind: 'never' };
    case 'reset':
      return { kind: 'reset' };
  }
}

/** What becomes of the simulator's answer on its way back. */
export function spoil(fault: Fault<ResponseFault>, reply: Reply, timeline: Timeline): Transmission {
  const message = toMessage(reply, timeline);
  const withBody = (body: Buffer, headers: Record<string, string> = {}): Transmission => ({
    kind: 'whole',
    status: message.status,
    headers: { ...message.headers, ...headers, 'content-length': String(body.byteLength) },
    body,
  });
  switch (fault.kind) {
    case 'reset_after_commit':
      return { kind: 'reset' };
    case 'no_answer_after_commit':
      return { kind: 'never' };
    case 'malformed':
      return withBody(Buffer.concat([message.body.subarray(0, -1), Buffer.from(',')]));
    case 'truncated':
      return { ...message, kind: 'cut', sent: message.body.byteLength >> 1 };
    case 'truncated_gzip': {
      const packed = gzipSync(message.body);
      return withBody(packed.subarray(0, packed.byteLength >> 1), { 'content-encoding': 'gzip' });
    }
    case 'html':
      return whole({ status: 200, headers: { 'content-type': 'text/html' }, body: html }, timeline);
    case 'slow_body':
      return { ...message, kind: 'dripped', pieces: 10, pauseMs: fault.seconds * 1000 };
    case 'empty':
      return whole({ status: 200, body: null }, timeline);
  }
}

export function whole(reply: Reply, timeline: Timeline): Transmission & { kind: 'whole' } {
  return { ...toMessage(reply, timeline), kind: 'whole' };
}

function toMessage({ status, headers, body }: Reply, { now }: Timeline): Message {
  const bytes = Buffer.from(body === null ? '' : typeof body === 'string' ? body : JSON.stringify(body));
  const isBare = status === 204 || status === 304;
  return {
    status,
    headers: {
      date: now().toUTCString(),
      ...(body !== null && { 'content-type': typeof body === 'string' ? 'text/plain' : 'application/json' }),
      ...(!isBare && { 'content-length': String(bytes.byteLength) }),
      ...headers,
    },
    body: bytes,
  };
}
