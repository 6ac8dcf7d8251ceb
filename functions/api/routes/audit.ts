import { auditFilters, auditPosition, auditRecord, listRecords } from '@tributary/audit/list-records';
import { pageOf, pageQuery } from '@tributary/http/page';
import { type Context, route } from '@tributary/http/route';
import { type ApiDeps, tenantOf } from '../../runtime/api.ts';
import { exampleWallet } from './examples.ts';
import { keysetPage } from './keyset-page.ts';
import { managers } from './roles.ts';

const listAuditRecords = route({
  method: 'GET',
  path: '/v1/audit-records',
  operationId: 'listAuditRecords',
  summary: 'What was decided by hand, and by whom, the newest first',
  tags: ['Audit'],
  roles: managers,
  scope: 'audit:read',
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
          createdAt: '2026-11-20T19:45:00.000Z',
        },
      ],
      nextCursor: null,
    },
  },
  handler: (context: Context<ApiDeps>, { query: { limit, cursor, ...filters } }) =>
    keysetPage(
      context,
      { limit, cursor },
      {
        operationId: 'listAuditRecords',
        filters,
        position: auditPosition,
        read: (page) => listRecords(tenantOf(context), { ...filters, ...page }),
      },
    ),
});

export const auditRoutes = [listAuditRecords];
