import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { AppError, type FieldIssue, invalidFields } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import type { TenantTransaction } from '@tributary/db/transaction';
import * as z from 'zod';
import { applyDailyStats } from '../fact/apply-daily-stats.ts';
import { readUpload, type UploadProblem } from './read-upload.ts';
import { uploadFormat } from './upload-format.ts';

/** The brand whose accounts are told by hand. */
export const uploadBrand = 'csv';

/** More than anybody mends before trying again. */
const mostIssues = 100;

const applyUploadInput = z.strictObject({
  connectionId: z.string().max(64),
  /** The file. */
  bytes: z.instanceof(Uint8Array),
  format: uploadFormat,
});

const count = z.int().nonnegative();

export const appliedUpload = z
  .strictObject({
    connectionId: z.string(),
    window: z.strictObject({ from: z.iso.date(), to: z.iso.date() }),
    columns: z.array(z.string()).describe('What was found in the heading; of the other metrics the rows say 0.'),
    rows: count.describe('In the file.'),
    written: count.describe('Days and grains that are new or others now.'),
    zeroed: count.describe('Those that the file no longer has, though it covers their day.'),
    changes: count.describe('Values of past days that are others now.'),
  })
  .meta({ id: 'AppliedUpload' });

type AppliedUpload = z.infer<typeof appliedUpload>;

interface UploadingContext extends ActingContext {
  now: Date;
}

/**
 * Brings an account that is told by hand to what a file says: all of its rows, or none. The same file again changes nothing.
 * @throws AppError `not_found`; `conflict` for an account that a network tells, and for one that was ended; `validation_failed` with
 * the lines that cannot be read
 */
export const applyUpload = verb(
  applyUploadInput,
  async ({ tx, actor, client, now }: UploadingContext, { bytes, format, ...input }): Promise<AppliedUpload> => {
    const connectionId = readId('connection', input.connectionId);
    const currency = await currencyOf(tx, connectionId);
    const read = readUpload(bytes, format, currency);
    if (!read.isRead) throw invalidFields(read.problems.slice(0, mostIssues).map(issueOf));
    const { window, isComplete, rows, columns } = read;
    const counts = await applyDailyStats(tx, { connectionId, runId: null, window, isComplete, rows, now });
    const applied = { window: { ...window }, rows: rows.length, ...counts };
    await recordAudit(tx, {
      actor,
      client,
      action: 'connection.upload',
      targetType: 'connection',
      targetId: connectionId,
      after: { ...applied, isComplete },
    });
    return { ...applied, ...input, columns: [...columns] };
  },
);

async function currencyOf(tx: TenantTransaction, connectionId: string): Promise<string> {
  const [account] = await tx.query<{ currency: string; brand: string; status: string }>(
    `select a.currency, a.brand, c.status from affiliate.accounts a join sync.connections c on c.org_id = $1 and c.id = a.connection_id
     where a.org_id = $1 and a.connection_id = $2`,
    [tx.orgId, connectionId],
  );
  if (!account) throw new AppError('not_found', 'No such object.');
  if (account.brand !== uploadBrand) throw new AppError('conflict', 'What a network tells is not uploaded.');
  if (account.status === 'disconnected') throw new AppError('conflict', 'The account was ended.');
  return account.currency;
}

function issueOf({ line, column, code }: UploadProblem): FieldIssue {
  const path = [line === null ? 'file' : `lines.${line}`, column].filter((part) => part !== null);
  return { path: path.join('.'), message: code };
}
