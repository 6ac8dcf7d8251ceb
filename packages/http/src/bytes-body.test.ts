import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createApp } from './app.ts';
import { openApiDocument } from './openapi.ts';
import { bytesBody, type Context, route } from './route.ts';

const maxBytes = 100_000;
const upload = route({
  method: 'POST',
  path: '/v1/uploads',
  operationId: 'upload',
  summary: 'Takes a file',
  tags: [],
  takes: { mediaType: 'text/csv', maxBytes },
  body: bytesBody,
  response: z.strictObject({ bytes: z.int(), first: z.int() }),
  handler: async (_context: Context<object>, { body }) => ({ bytes: body.byteLength, first: body[0] ?? -1 }),
});
const access = { upload: { roles: ['owner'], scope: 'files:write', cost: 'write' } } as const;
const app = createApp({
  title: 'files',
  routes: [upload],
  access,
  authenticate: async () => ({ orgId: crypto.randomUUID(), subject: 'usr_1', role: 'owner' as const }),
  deps: {},
  log: () => undefined,
});

async function send(body: Uint8Array<ArrayBuffer> | string, headers: Record<string, string>) {
  const response = await app.request('/v1/uploads', { method: 'POST', body, headers });
  const json = (await response.json()) as { code?: string };
  return json.code ?? json;
}

describe('a route that takes a file', () => {
  it.each(['text/csv', 'TEXT/CSV', 'text/csv; charset=utf-8', 'text/csv;charset="UTF-8"'])('takes %s', async (type) => {
    expect(await send('a,b\n', { 'content-type': type })).toEqual({ bytes: 4, first: 97 });
  });

  it('hands on the very bytes, whether they are text or not', async () => {
    expect(await send(new Uint8Array([0xff, 0, 0xfe]), { 'content-type': 'text/csv' })).toEqual({
      bytes: 3,
      first: 255,
    });
  });

  it.each<[string, Record<string, string>]>([
    ['JSON', { 'content-type': 'application/json' }],
    ['nothing', {}],
    ['another character set', { 'content-type': 'text/csv; charset=latin1' }],
    ['a type that begins like it', { 'content-type': 'text/csvx' }],
    ['compressed bytes', { 'content-type': 'text/csv', 'content-encoding': 'gzip' }],
  ])('refuses %s by what the header says', async (_what, headers) => {
    expect(await send(new Uint8Array([97]), headers)).toBe('unsupported_media_type');
  });

  it('takes as many bytes as it may have, more than JSON may, and none more whatever the header says', async () => {
    const csv = { 'content-type': 'text/csv' };
    expect(await send('a'.repeat(maxBytes), csv)).toEqual({ bytes: maxBytes, first: 97 });
    expect(await send('a'.repeat(maxBytes + 1), { ...csv, 'content-length': '1' })).toBe('payload_too_large');
  });

  it('is documented as one', () => {
    const { paths } = openApiDocument([upload], access, { title: 'files', version: '1' });
    expect(paths['/v1/uploads']?.post?.requestBody?.content).toEqual({
      'text/csv': { schema: { type: 'string', maxLength: maxBytes } },
    });
  });
});
