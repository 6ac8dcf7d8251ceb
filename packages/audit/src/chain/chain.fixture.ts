import { randomUUID } from 'node:crypto';
import { withTenant } from '@tributary/db/transaction';
import type { TestDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { type AuditEntry, recordAudit } from '../record.ts';
import type { Anchor } from './findings.ts';
import { readHeads } from './read-heads.ts';
import { verifyChain } from './verify-chain.ts';

/** An organization whose chain a test makes, and breaks. */
export class Chain {
  readonly #database: TestDatabase;
  readonly orgId: string;

  constructor(database: TestDatabase, orgId: string) {
    this.#database = database;
    this.orgId = orgId;
  }

  /** @param reasons of as many records, in one transaction */
  record(reasons: readonly string[], change: Partial<AuditEntry> = {}): Promise<void> {
    return withTenant({ database: this.#database.api, orgId: this.orgId }, async (tx) => {
      for (const reason of reasons) await recordAudit(tx, { ...freeze, targetId: randomUUID(), reason, ...change });
    });
  }

  /** As many records, each in a transaction of its own. */
  async records(count: number): Promise<void> {
    for (let index = 1; index <= count; index += 1) await this.record([`record ${index}`]);
  }

  /** Past every trigger, policy and grant: `session_replication_role` is a superuser's alone. `$1` is the organization. */
  async tamper(statement: string, ...values: unknown[]): Promise<void> {
    const { superuser } = this.#database;
    await superuser.query(`set session_replication_role = replica`);
    try {
      await superuser.query(statement, [this.orgId, ...values]);
    } finally {
      await superuser.query('reset session_replication_role');
    }
  }

  verify(anchors: readonly Anchor[] = []) {
    return verifyChain({ database: this.#database.worker, orgId: this.orgId }, anchors);
  }

  /** What is wrong, as `kind seq`. */
  async wrong(anchors: readonly Anchor[] = []): Promise<string[]> {
    const { findings } = await this.verify(anchors);
    return findings.map(({ kind, seq }) => (seq === null ? kind : `${kind} ${seq}`));
  }

  /** Its head, as the cron would write it down now. */
  async anchor(): Promise<Anchor> {
    const heads = await readHeads(this.#database.system, { after: null, limit: 10_000 });
    const own = heads.find(({ orgId }) => orgId === this.orgId);
    if (!own) throw new Error('nothing was recorded yet');
    return own;
  }

  /** Reasons in the order of the chain. */
  async reasons(): Promise<string[]> {
    const { rows } = await this.#database.superuser.query(
      `select r.reason from audit.links l join audit.records r on r.org_id = l.org_id and r.id = l.record_id
       where l.org_id = $1 order by l.seq`,
      [this.orgId],
    );
    return rows.map(({ reason }) => reason);
  }
}

const freeze = {
  actor: 'ann',
  client: { address: '203.0.113.7', userAgent: 'Mozilla/5.0' },
  action: 'wallet.freeze',
  targetType: 'wallet',
  before: { status: 'active' },
  after: { status: 'frozen' },
} as const;

export async function openChain(database: TestDatabase): Promise<Chain> {
  return new Chain(database, await createOrganization(database));
}
