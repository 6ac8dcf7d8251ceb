import { hash, randomUUID } from 'node:crypto';
import { recordAudit } from '@tributary/audit/record';
import pg from 'pg';

/** Where a record goes: chained, or into a table like it that nothing chains. */
export type Kept = 'chained' | 'plain';

/** A connection that records for one organization; every record is a transaction, and its statement prepared once. */
export interface Recorder {
  record(kept: Kept): Promise<void>;
  close(): Promise<void>;
}

const plainTable = 'baseline.records';

/** A table with the columns, indexes and reference of `audit.records`, and without chain and row-level security. */
export const plainSchema = `
  create table ${plainTable} (like audit.records including all);
  alter table ${plainTable} add foreign key (org_id) references identity.organizations (id);
  grant usage on schema baseline to tributary_worker;
  grant insert on ${plainTable} to tributary_worker`;

export async function openRecorder(workerUrl: string, orgId: string): Promise<Recorder> {
  const client = new pg.Client({ connectionString: workerUrl });
  await client.connect();
  await client.query(`select set_config('app.org_id', $1, false)`, [orgId]);
  return {
    record: (kept) => recordAudit({ orgId, query: queryOf(client, kept) }, entry()),
    close: () => client.end(),
  };
}

/** Whatever `recordAudit` says, of the one table or of the other. */
function queryOf(client: pg.Client, kept: Kept) {
  return async <Row extends object>(text: string, values: readonly unknown[] = []): Promise<Row[]> => {
    const asked = kept === 'plain' ? text.replace('audit.records', plainTable) : text;
    const name = hash('sha1', asked).slice(0, 12);
    return (await client.query({ name, text: asked, values: [...values] })).rows as Row[];
  };
}

/** What an adjustment records, but for the reason as long as any. */
const entry = () =>
  ({
    actor: 'user_01kb7m2q8r5s6t7v8w9x0y1z2b',
    client: {
      address: '203.0.113.7',
      userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:145.0) Gecko/20100101 Firefox/145.0',
    },
    action: 'wallet.adjust',
    targetType: 'wallet',
    targetId: randomUUID(),
    reason: 'Waited forty minutes for a table.',
    before: { balance: 25 },
    after: { balance: 75 },
  }) as const;
