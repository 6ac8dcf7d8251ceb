import { AppError } from '@tributary/core/errors';
import * as z from 'zod';
import type { Deps } from '../test/wallets.ts';
import type { AccessTable } from './access.ts';
import { readCursor, signCursor } from './cursor.ts';
import { pageQuery, toPage } from './page.ts';
import { fileRoute, type Situation } from './route.ts';

/** Every byte there is, so that nothing can take it for text. */
export const pdf = Buffer.concat([
  Buffer.from('%PDF-1.7\n'),
  Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)),
]);

/** What a spreadsheet looks for to read UTF-8, and what a decoder of text takes away. */
export const byteOrderMark = '\ufeff';

const getStatement = fileRoute({
  method: 'GET',
  path: '/v1/statements/{statementId}',
  operationId: 'getStatement',
  summary: 'A file',
  tags: ['Files'],
  params: z.strictObject({ statementId: z.string().max(64) }),
  response: { mediaType: 'application/pdf', isPaged: false },
  handler: async (_situation: Situation<Deps>, { params: { statementId } }) => {
    if (statementId !== 'sta_001') throw new AppError('not_found', 'No such object.');
    return { fileName: 'Kontoauszug März/2026.pdf', bytes: pdf };
  },
});

const exportWallets = fileRoute({
  method: 'GET',
  path: '/v1/wallet-export',
  operationId: 'exportWallets',
  summary: 'Pages of a file',
  tags: ['Files'],
  query: pageQuery.extend({ prefix: z.string().max(20).optional() }),
  response: { mediaType: 'text/csv', isPaged: true },
  example: { response: 'wal_000,0\r\n' },
  handler: async ({ auth, cursorKey, wallets }: Situation<Deps>, { query: { limit, cursor, prefix = '' } }) => {
    const scope = { operationId: 'exportWallets', owner: auth.orgId, filters: { prefix } };
    const after = cursor === undefined ? '' : readCursor(cursorKey, scope, cursor, z.string());
    const rows = wallets.filter(({ id }) => id > after && id.startsWith(prefix)).slice(0, limit + 1);
    const line = ({ id, balance }: (typeof rows)[number]) => `${id},${balance}\r\n`;
    const { data, nextCursor } = toPage(rows, limit, line, ({ id }) => signCursor(cursorKey, scope, id));
    const mark = cursor === undefined ? byteOrderMark : '';
    return { fileName: 'wallets.csv', bytes: Buffer.from(mark + data.join('')), nextCursor };
  },
});

export const fileRoutes = [getStatement, exportWallets];

export const fileAccess: AccessTable = {
  getStatement: { roles: ['owner', 'viewer'], scope: 'loyalty:read', cost: 'read' },
  exportWallets: { roles: ['owner', 'viewer'], scope: 'loyalty:read', cost: 'read' },
};
