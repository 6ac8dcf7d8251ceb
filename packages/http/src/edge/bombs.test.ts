import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, refusal, startClient } from '../../test/client.ts';
import { toLambda } from '../lambda.ts';
import { bombs } from './bombs.fixture.ts';

describe('a body made to hurt', () => {
  let client: Client;
  const slowest = { name: '', ms: 0 };
  beforeAll(async () => {
    client = await startClient();
  });
  afterAll(() => {
    console.info(`bombs: ${bombs.length} refused, the slowest (${slowest.name}) in ${slowest.ms.toFixed(1)} ms`);
    return client.server.stop();
  });

  it.each(bombs)('is refused: %s', async (name, body, status, headers) => {
    const sent = body();
    const startedAt = performance.now();
    const response = await client.post(sent, headers);
    const ms = performance.now() - startedAt;
    if (ms > slowest.ms) Object.assign(slowest, { name, ms });
    const problem = await refusal(response);
    expect(problem.status).toBe(status);
    // Nothing of it comes back.
    expect(JSON.stringify(problem).length).toBeLessThan(2000);
  });

  it('is refused though it is small on the way and a thousand times that unpacked', async () => {
    const body = gzipSync(Buffer.alloc(10_000_000, '[')).toString('base64');
    const event = {
      rawPath: '/v1/wallets',
      headers: { ...client.bearer(), 'content-type': 'application/json', 'content-encoding': 'gzip' },
      requestContext: { http: { method: 'POST' } },
      body,
      isBase64Encoded: true,
    };
    expect((await toLambda(client.app)(event)).statusCode).toBe(415);
  });
});
