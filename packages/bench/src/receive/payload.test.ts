import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { eventOf } from '@tributary/local/payload-v2';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { expect, it } from 'vitest';
import { body, headers, path } from './delivery.ts';
import { payloadOf } from './payload.ts';

it('the bench hands its handler the event that the local gateway builds', async () => {
  const built: APIGatewayProxyEventV2[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const received = Buffer.concat(chunks);
      built.push(payloadOf(request, received), eventOf(request, received, { key: `POST ${path}`, pathParameters: {} }));
      response.end();
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  const { 'content-length': _, ...sent } = headers();
  await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers: sent, body });
  await new Promise((closed) => server.close(closed));

  const [ours, local] = built;
  const anyTime = { requestId: expect.any(String), time: expect.any(String), timeEpoch: expect.any(Number) };
  expect(ours?.body).toBe(body.toString('utf8'));
  expect(ours).toEqual({ ...local, requestContext: { ...local?.requestContext, ...anyTime } });
});
