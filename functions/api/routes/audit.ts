import { exportFormat, exportRecords } from '@tributary/audit/export-records';
import { auditFilters, auditPosition, auditRecord, listRecords } from '@tributary/audit/list-records';
import { pageOf, pageQuery, queryInteger } from '@tributary/http/page';
import { type Context, route } from '@tributary/http/route';
import * as z from 'zod';
import { type ApiDeps, tenantOf } from '../../runtime/api.ts';
import { exampleWallet } from './examples.ts';
import { keysetPage } from './keyset-page.ts';

const listAuditRecords = route({
  method: 'GET',
  path: '/v1/audit-records',
  operationId: 'listAuditRecords',
  summary: 'What was decided by hand, and by whom, the newest first',
  tags: ['Audit'],
  query: pageQuery.extend(auditFilters.shape),
  response: pageOf(auditRecord),
  example: {
    response: {
      data: [
        {
          id: 'aud_01kb7m2q8r5s6t7v8w9x0y1z2b',
          actor: 'user_1',
          action: 'wallet.adjust',
          targetType: 'wallet',
          targetId: exampleWallet.id,
          reason: 'Waited forty minutes for a table.',
          before: { balance: 25 },
          after: { balance: 75 },
          ip: '203.0.113.7',
          userAgent: 'Mozilla/5.0',
          createdAt: '2026-11-20T19:45:00.000Z',
        },
      ],
      nextCursor: null,
    },
  },
  handler: (context: Context<ApiDeps>, input) =>
    keysetPage(context, input, {
      operationId: 'listAuditRecords',
      position: auditPosition,
      read: (page) => listRecords(tenantOf(context), page),
    }),
});

const exportAuditRecords = route({
  method: 'GET',
  path: '/v1/audit-records/export',
  operationId: 'exportAuditRecords',
  summary: 'All records in the order they are chained, with their hashes, as lines of NDJSON or CSV',
  tags: ['Audit'],
  query: z.strictObject({
    format: exportFormat.default('ndjson'),
    after: queryInteger(0, Number.MAX_SAFE_INTEGER).default(0).describe('`nextAfter` of the page before.'),
    limit: queryInteger(1, 500).default(500).describe('Records per page; fewer come when they are long.'),
  }),
  response: z
    .strictObject({
      text: z.string().describe('Whole lines: what follows is to be appended.'),
      nextAfter: z.int().nullable().describe('Null on the last page.'),
    })
    .meta({ id: 'AuditExport', description: 'A page of the export. How to verify it is in the documentation.' }),
  example: {
    response: {
      text: '{"formula":1,"seq":1,"orgId":"0193…","hash":"9f86…"}\n',
      nextAfter: null,
    },
  },
  handler: (context: Context<ApiDeps>, { query }) => exportRecords(tenantOf(context), query),
});

export const auditRoutes = [listAuditRecords, exportAuditRecords];
