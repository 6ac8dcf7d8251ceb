import * as z from 'zod';
import { createApp } from '../app.ts';
import { route } from '../route.ts';

type Bomb = [name: string, body: () => string, status: number, headers?: Record<string, string>];

const nested = (depth: number, open: string, close: string) => `{"name":${open.repeat(depth)}1${close.repeat(depth)}}`;
const keys = (count: number) => `{${Array.from({ length: count }, (_, index) => `"${index}":0`).join()}}`;

/** Bodies for `POST /v1/wallets` that cost more to read than to send, or that two readers read differently, and what they are answered. */
export const bombs: readonly Bomb[] = [
  ['100,000 lists in each other', () => nested(100_000, '[', ']'), 413],
  ['30,000 lists in each other', () => nested(30_000, '[', ']'), 422],
  ['9,000 objects in each other', () => nested(9_000, '{"a":', '}'), 422],
  ['30,000 lists that never end', () => `{"name":${'['.repeat(30_000)}`, 400],
  ['a million keys', () => keys(1_000_000), 413],
  ['as many keys as fit', () => keys(6_000), 422],
  ['as many empty lists as fit', () => `{"name":[${'[],'.repeat(21_000)}[]]}`, 422],
  ['as many tags as fit', () => `{"name":"x","tags":[${'"a",'.repeat(16_000)}"a"]}`, 422],
  ['a text of 10 MB', () => JSON.stringify({ name: 'x'.repeat(10_000_000) }), 413],
  ['a text of 10 MB that says it is short', () => `"${'x'.repeat(10_000_000)}"`, 413, { 'content-length': '3' }],
  ['a key of 60,000 characters', () => JSON.stringify({ [`${'k'.repeat(60_000)}`]: 1 }), 422],
  ['a text of 60,000 escapes', () => `{"name":"${'\\\\'.repeat(30_000)}"}`, 422],
  ['a text of 10,000 backslashes without an end', () => `{"name":"${'\\'.repeat(10_001)}`, 400],
  ['1e400', () => '{"name":1e400}', 422],
  ['-1e999999999', () => '{"name":-1e999999999}', 422],
  ['a number of 60,000 digits', () => `{"name":${'9'.repeat(60_000)}}`, 422],
  ['a fraction of 60,000 digits', () => `{"name":0.${'3'.repeat(60_000)}}`, 422],
  ['9007199254740993', () => '{"name":9007199254740993}', 422],
  ['a key twice', () => '{"name":"Ada","name":"Bob"}', 422],
  ['a key twice, once escaped', () => '{"name":"Ada","\\u006eame":"Bob"}', 422],
  ['a packed body', () => 'x', 415, { 'content-encoding': 'gzip' }],
  ['a body packed twice', () => 'x', 415, { 'content-encoding': 'identity, gzip' }],
];

/** Answers them to anybody. */
export const bombTarget = createApp({
  title: 'bombs',
  routes: [
    route({
      method: 'POST',
      path: '/v1/wallets',
      operationId: 'openWallet',
      summary: 'Opens a wallet',
      tags: [],
      body: z.strictObject({ name: z.string().max(100), tags: z.array(z.string()).max(10).optional() }),
      response: z.object({}),
      handler: async () => ({}),
    }),
  ],
  access: { openWallet: { roles: ['owner'], scope: 'loyalty:write', cost: 'write' } },
  authenticate: async () => ({ orgId: 'o', subject: 's', role: 'owner' as const }),
  deps: {},
  log: () => undefined,
});
