import { readHeads } from '@tributary/audit/chain/read-heads';
import { database } from '../runtime/database.ts';
import { log } from '../runtime/log.ts';

const pageSize = 1000;

/**
 * Writes down where the audit chain of each organization is, outside the database: a line per organization, in a log group that is kept
 * for years (infra/functions.ts). Who rewrites a chain in the database, head and all, cannot rewrite that.
 */
export async function handler(): Promise<{ heads: number }> {
  let [heads, after]: [number, string | null] = [0, null];
  for (;;) {
    const page = await readHeads(database('system'), { after, limit: pageSize });
    for (const { orgId, seq, hash } of page) log('INFO', 'audit_anchor', { orgId, seq, hash });
    heads += page.length;
    after = page.at(-1)?.orgId ?? null;
    if (page.length < pageSize) break;
  }
  log('INFO', 'audit_anchored', { heads });
  return { heads };
}
