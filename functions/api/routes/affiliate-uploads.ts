import { createHash } from 'node:crypto';
import { networkAccount } from '@tributary/affiliate/account/account';
import { accountLabel, openAccount, openAccountInput } from '@tributary/affiliate/account/open-account';
import { showAccounts } from '@tributary/affiliate/account/show-accounts';
import { appliedUpload, applyUpload, uploadBrand } from '@tributary/affiliate/upload/apply-upload';
import { mostUploadBytes } from '@tributary/affiliate/upload/read-upload';
import { dayFormats, uploadFormat } from '@tributary/affiliate/upload/upload-format';
import { AppError } from '@tributary/core/errors';
import { parse } from '@tributary/core/verb';
import { bytesBody, type Context, route } from '@tributary/http/route';
import { connectUnpulled } from '@tributary/sync/connection/connect-unpulled';
import * as z from 'zod';
import { type ApiDeps, actingIn } from '../../runtime/api.ts';
import { once } from '../../runtime/once.ts';
import { answerOnce, type ConnectDeps, connectContext } from './connecting.ts';
import { exampleConnection } from './examples.ts';

const tags = ['Affiliate accounts'];
const marks = { none: '', comma: ',', point: '.', space: ' ', apostrophe: "'", semicolon: ';', tab: '\t' } as const;

/** How a file is written, in words that stand in a URL. */
const query = z.strictObject({
  delimiter: z.enum(['comma', 'semicolon', 'tab']).default('comma'),
  decimalMark: z.enum(['point', 'comma']).default('point'),
  groupMark: z.enum(['none', 'comma', 'point', 'space', 'apostrophe']).default('none').describe('Between thousands.'),
  dayFormat: z.enum(Object.keys(dayFormats) as [keyof typeof dayFormats]).default('YYYY-MM-DD'),
  from: z.iso
    .date()
    .optional()
    .describe('The first day that the file is about; its own first when left out, as `to` is.'),
  to: z.iso.date().optional(),
  coversWindow: z
    .enum(['true', 'false'])
    .default('false')
    .describe('Whether it has all there is of these days: what it leaves out of them is then zero.'),
});

const uploadDailyStats = route({
  method: 'POST',
  tags,
  path: '/v1/affiliate/accounts/{connectionId}/uploads',
  operationId: 'uploadDailyStats',
  summary: 'Brings an account that is told by hand to what a CSV file says: all of its rows, or none',
  idempotent: true,
  params: z.strictObject({ connectionId: z.string().max(64) }),
  query,
  takes: { mediaType: 'text/csv', maxBytes: mostUploadBytes },
  body: bytesBody,
  response: appliedUpload,
  example: {
    response: {
      ...{ connectionId: exampleConnection.id, window: { from: '2026-11-01', to: '2026-11-30' } },
      ...{ columns: ['day', 'campaign', 'clicks', 'ftdCount', 'commissionMinor'] },
      ...{ rows: 120, written: 118, zeroed: 0, changes: 2 },
    },
  },
  handler: (context: Context<ApiDeps>, { params, query, body: bytes }) => {
    const format = readFormat(query);
    // The bytes by their hash: a request is kept with its answer.
    const request = { ...params, format, sha256: createHash('sha256').update(bytes).digest('hex') };
    return once(context, 'uploadDailyStats', request, (tx) =>
      applyUpload(actingIn(context, tx), { ...params, bytes, format }),
    );
  },
});

function readFormat({ delimiter, decimalMark, groupMark, dayFormat, from, to, coversWindow }: z.output<typeof query>) {
  const window = from === undefined && to === undefined ? null : { from, to };
  return parse(uploadFormat, {
    delimiter: marks[delimiter],
    decimalMark: marks[decimalMark],
    groupMark: marks[groupMark],
    dayFormat,
    window,
    coversWindow: coversWindow === 'true',
  });
}

const csvAccountBody = z.strictObject({
  label: accountLabel,
  currency: openAccountInput.shape.currency.describe('What its files state amounts in, for good.'),
  timeZone: openAccountInput.shape.timeZone.describe('The zone in which its days are counted.'),
});

const openCsvAccount = route({
  method: 'POST',
  tags,
  path: '/v1/connect/csv/accounts',
  operationId: 'openCsvAccount',
  summary: 'Opens an account that is told by hand, for a network there is no adapter for',
  idempotent: true,
  body: csvAccountBody,
  response: networkAccount,
  responseStatus: 201,
  example: {
    body: { label: 'Small network', currency: 'EUR', timeZone: 'Europe/Berlin' },
    response: {
      ...{ connectionId: exampleConnection.id, brand: uploadBrand, label: 'Small network' },
      ...{ timeZone: 'Europe/Berlin', currency: 'EUR', createdAt: exampleConnection.connectedAt },
    },
  },
  handler: (context: Context<ConnectDeps>, { body }) =>
    answerOnce(
      context,
      'openCsvAccount',
      body,
      () =>
        connectUnpulled(connectContext(context), {
          provider: uploadBrand,
          accountRef: refOf(context),
          name: body.label,
          also: (tx, connectionId) => openAccount(tx, { connectionId, brand: uploadBrand, ...body }),
        }),
      async (tx, connectionId) => {
        const [account] = await showAccounts(tx, [connectionId]);
        if (account === undefined) throw new AppError('not_found', 'No such object.');
        return account;
      },
    ),
});

/** No network has an id for it. From the request's key, so that what is asked again after an answer was lost opens the same one. */
function refOf({ auth, idempotencyKey }: Context<ConnectDeps>): string {
  return createHash('sha256').update(`${auth.orgId} ${idempotencyKey}`).digest('hex').slice(0, 32);
}

export const affiliateUploadRoutes = [uploadDailyStats];

/** Works as the system login, as all that connects: for the function of /v1/connect. */
export const csvAccountRoutes = [openCsvAccount];
