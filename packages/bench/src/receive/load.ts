import { connect, type Socket } from 'node:net';
import { answer } from '../child.ts';
import { requestBytes } from './delivery.ts';

export interface LoadQuestion {
  port: number;
  connections: number;
  durationMs: number;
}

export interface LoadReport {
  answered: number;
  /** Of them with status 200. */
  ok: number;
  elapsedMs: number;
}

/** One keep-alive connection: the next request goes out when the last is answered, until `deadline`. */
function drive(socket: Socket, request: Buffer, deadline: number, count: (ok: boolean) => void): Promise<void> {
  return new Promise((done, reject) => {
    let received = '';
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the server closed the connection')));
    socket.on('data', (chunk: Buffer) => {
      received += chunk.toString('latin1');
      const end = received.indexOf('\r\n\r\n');
      if (end < 0) return;
      const length = /\r\ncontent-length: (\d+)/i.exec(received);
      if (length === null) return reject(new Error('an answer without a length'));
      if (received.length < end + 4 + Number(length[1])) return;
      count(received.startsWith('HTTP/1.1 200 '));
      received = '';
      if (performance.now() < deadline) socket.write(request);
      else {
        socket.removeAllListeners('close').destroy();
        done();
      }
    });
    socket.write(request);
  });
}

const open = (port: number) =>
  new Promise<Socket>((opened, reject) => {
    const socket: Socket = connect({ port, host: '127.0.0.1', noDelay: true }, () => opened(socket));
    socket.once('error', reject);
  });

answer<LoadQuestion>(async ({ port, connections, durationMs }): Promise<LoadReport> => {
  const sockets = await Promise.all(Array.from({ length: connections }, () => open(port)));
  const request = requestBytes(port);
  const report = { answered: 0, ok: 0, elapsedMs: 0 };
  const count = (ok: boolean) => {
    report.answered += 1;
    if (ok) report.ok += 1;
  };
  const started = performance.now();
  let driving = true;
  // Asleep, it would have to be woken by each answer, at the server's expense and the more often the slower the server.
  const stayAwake = () => {
    if (driving) setImmediate(stayAwake);
  };
  stayAwake();
  await Promise.all(sockets.map((socket) => drive(socket, request, started + durationMs, count)));
  driving = false;
  return { ...report, elapsedMs: performance.now() - started };
});
