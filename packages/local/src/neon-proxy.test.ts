import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { findFreePort } from './free-port.ts';
import { startNeonProxy } from './neon-proxy.ts';

/** A client's WebSocket frame with an all-zero mask (RFC 6455, section 5.2). */
const frame = (opcode: number, payload: readonly number[]) =>
  Buffer.from([0x80 | opcode, 0x80 | payload.length, 0, 0, 0, 0, ...payload]);
const binary = 2;
const closing = 8;

test('a message sent while the proxy is closing does not keep the connection open', async () => {
  const proxy = await startNeonProxy({ postgresPort: await findFreePort() });
  const socket = connect(proxy.port, '127.0.0.1');
  socket.write(
    'GET /v1?address=db:5432 HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n' +
      'sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n',
  );
  const startedAt = performance.now();
  let received = Buffer.alloc(0);
  socket.on('data', (chunk) => {
    const before = received.includes(0x88);
    received = Buffer.concat([received, chunk]);
    if (before || !received.includes(0x88)) return;
    // The close frame is here. Something was already on its way, and the answer to it takes a moment.
    socket.write(frame(binary, [1, 2, 3]));
    setTimeout(() => socket.write(frame(closing, [3, 232])), 50);
  });
  await new Promise((ended) => socket.once('close', ended));
  expect(performance.now() - startedAt).toBeLessThan(2000);
  await proxy.stop();
});
