import { AppError } from '@tributary/core/errors';
import * as z from 'zod';
import type { AccessTable } from '../src/access.ts';
import { type AppOptions, createApp } from '../src/app.ts';
import { type Authenticate, jwtAuthenticator } from '../src/authenticate.ts';
import { readCursor, signCursor } from '../src/cursor.ts';
import type { LogLine } from '../src/log.ts';
import { pageOf, pageQuery, toPage } from '../src/page.ts';
import { type Context, route } from '../src/route.ts';
import { audience, issuerName, type KeyServer } from './issuer.ts';

export interface Wallet {
  id: string;
  balance: bigint;
  openedAt: Date;
  /** Stands for a column that must not leave. */
  secret?: string;
}

export interface Deps {
  cursorKey: Uint8Array;
  wallets: readonly Wallet[];
}

const tags = ['Wallets'];
const walletSchema = z
  .object({ id: z.string(), balance: z.int(), openedAt: z.iso.datetime() })
  .meta({ id: 'Wallet', description: 'Points of one customer.' });
const example = { id: 'wal_1', balance: 120, openedAt: '2026-11-02T03:04:05.000Z' };
const params = z.strictObject({ walletId: z.string().max(64) });

const getWallet = route({
  method: 'GET',
  path: '/v1/wallets/{walletId}',
  operationId: 'getWallet',
  summary: 'One wallet',
  tags,
  params,
  response: walletSchema,
  example: { response: example },
  handler: async ({ wallets }: Context<Deps>, { params: { walletId } }) => {
    const wallet = wallets.find(({ id }) => id === walletId);
    if (!wallet) throw new AppError('not_found', 'No such object.');
    return wallet;
  },
});

const listWallets = route({
  method: 'GET',
  path: '/v1/wallets',
  operationId: 'listWallets',
  summary: 'Wallets by id',
  tags,
  query: pageQuery.extend({ prefix: z.string().max(20).optional() }),
  response: pageOf(walletSchema),
  handler: async ({ auth, cursorKey, wallets }: Context<Deps>, { query: { limit, cursor, prefix = '' } }) => {
    const scope = { operationId: 'listWallets', owner: auth.orgId, filters: { prefix } };
    const after = cursor === undefined ? '' : readCursor(cursorKey, scope, cursor, z.string());
    const rows = wallets.filter(({ id }) => id > after && id.startsWith(prefix)).slice(0, limit + 1);
    return toPage(
      rows,
      limit,
      (row) => row,
      ({ id }) => signCursor(cursorKey, scope, id),
    );
  },
});

const openWallet = route({
  method: 'POST',
  path: '/v1/wallets',
  operationId: 'openWallet',
  summary: 'Opens a wallet',
  tags,
  body: z.strictObject({ name: z.string().max(100), tags: z.array(z.string()).max(10).optional() }),
  response: z.object({ name: z.string(), openedBy: z.string(), key: z.string().nullable() }),
  responseStatus: 201,
  example: { body: { name: 'Ada' }, response: { name: 'Ada', openedBy: 'user_1', key: null } },
  handler: async ({ auth, idempotencyKey }, { body }) => ({
    name: body.name,
    openedBy: auth.subject,
    key: idempotencyKey,
  }),
});

const creditWallet = route({
  method: 'POST',
  path: '/v1/wallets/{walletId}/credits',
  operationId: 'creditWallet',
  summary: 'Adds points, once per key',
  tags,
  idempotent: true,
  params,
  body: z.strictObject({ points: z.int() }),
  response: z.object({ points: z.int(), key: z.string().nullable() }),
  handler: async ({ idempotencyKey }, { body }) => ({ points: body.points, key: idempotencyKey }),
});

const closeWallet = route({
  method: 'DELETE',
  path: '/v1/wallets/{walletId}',
  operationId: 'closeWallet',
  summary: 'Closes a wallet',
  tags,
  params,
  response: z.object({ closed: z.boolean() }),
  handler: async () => ({ closed: true }),
});

export const routes = [getWallet, listWallets, openWallet, creditWallet, closeWallet];

export const access: AccessTable = {
  getWallet: { roles: ['owner', 'viewer'], scope: 'loyalty:read', cost: 'read' },
  listWallets: { roles: ['owner', 'viewer'], scope: 'loyalty:read', cost: 'read' },
  openWallet: { roles: ['owner'], scope: 'loyalty:write', cost: 'write' },
  creditWallet: { roles: ['owner'], scope: 'loyalty:write', cost: 'write' },
  closeWallet: { roles: ['owner'], scope: 'loyalty:write', cost: 'write' },
};

const wallets = Array.from({ length: 60 }, (_, index) => ({
  id: `wal_${String(index).padStart(3, '0')}`,
  balance: BigInt(index),
  openedAt: new Date(Date.UTC(2026, 10, 2, 3, 4, index)),
  secret: 'column-canary',
}));

/** The sample app behind real token checks; its log lines are collected. */
export function walletApp(server: KeyServer, overrides: Partial<AppOptions<Deps>> = {}) {
  const lines: LogLine[] = [];
  const authenticate: Authenticate = jwtAuthenticator({ issuer: issuerName, audience, jwksUrl: server.url });
  const deps = { cursorKey: Buffer.alloc(32, 7), wallets };
  const log = (line: LogLine) => lines.push(line);
  return { app: createApp<Deps>({ title: 'wallets', routes, access, authenticate, deps, log, ...overrides }), lines };
}
