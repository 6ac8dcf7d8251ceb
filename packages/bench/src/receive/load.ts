import { connect, type Socket } from 'node:net';
import { answer } from '../child.ts';
import { requestBytes } from './delivery.ts';
import { requests as xeroRequests } from './xero.ts';

export interface LoadRequest {
  bytes: Buffer;
  /** Of the answer that is due. */
  status: 200 | 401;
}

export interface LoadQuestion {
  provider: 'square' | 'xero';
  port: number;
  connections: number;
  durationMs: number;
}

export interface LoadReport {
  answered: number;
  /** Of them with the status that is due. */
  ok: number;
  /** Of them with status 200. */
  taken: number;
  elapsedMs: number;
  /** From the last byte of a request to its whole answer: 99 of a hundred took no longer. */
  p99Ms: number;
}

const requestsOf: Readonly<Record<LoadQuestion['provider'], (port: number) => LoadRequest[]>> = {
  square: (port) => [{ bytes: requestBytes(port), status: 200 }],
  xero: xeroRequests,
};

interface Answered {
  due: number;
  status: number;
  tookMs: number;
}

/** One keep-alive connection: the next request goes out when the last is answered, in turn, until `deadline`. */
function drive(
  socket: Socket,
  requests: readonly LoadRequest[],
  deadline: number,
  count: (answered: Answered) => void,
): Promise<void> {
  return new Promise((done, reject) => {
    let received = '';
    let sent = 0;
    let sentAt = 0;
    let due = 0;
    const send = () => {
      const { bytes, status } = requests[sent % requests.length] as LoadRequest;
      sent += 1;
      due = status;
      sentAt = performance.now();
      socket.write(bytes);
    };
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the server closed the connection')));
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      const end = received.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = /\r\ncontent-length: (\d+)/i.exec(received);
      if (length === null) return reject(new Error('an answer without a length'));
      if (received.length < end + 4 + Number(length[1])) return;
      const now = performance.now();
      count({ due, status: Number(received.slice(9, 12)), tookMs: now - sentAt });
      received = '';
      if (now < deadline) send();
      else {
        socket.removeAllListeners('close').destroy();
        done();
      }
    });
    send();
  });
}

const open = (port: number) =>
  new Promise<Socket>((opened, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => opened(socket));
    socket.once('error', reject);
  });

answer<LoadQuestion>(async ({ provider, port, connections, durationMs }): Promise<LoadReport> => {
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)));
  const requests = requestsOf[provider](port);
  const report = { answered: 0, ok: 0, taken: 0 };
  const tookMs: number[] = [];
  const count = ({ due, status, ...answered }: Answered) => {
    report.answered += 1;
    if (status === due) report.ok += 1;
    if (status === 200) report.taken += 1;
    tookMs.push(answered.tookMs);
  };
  const started = performance.now();
  let driving = true;
  // Asleep, it would have to be woken by each answer, at the server's expense and the more often the slower the server.
  const stayAwake = () => {
    if (driving) setImmediate(stayAwake);
  };
  stayAwake();
  await Promise.all(sockets.map((socket) => drive(socket, requests, started + durationMs, count)));
  driving = false;
  const elapsedMs = performance.now() - started;
  const p99Ms = tookMs.sort((a, b) => a - b)[Math.ceil(tookMs.length * 0.99) - 1] ?? Number.NaN;
  return { ...report, elapsedMs, p99Ms };
});
