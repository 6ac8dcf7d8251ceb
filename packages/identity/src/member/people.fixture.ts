import { randomUUID } from 'node:crypto';
import { showId } from '@tributary/core/ids';
import type { MemberRole } from '@tributary/core/role';
import { type TenantTransaction, withTenant } from '@tributary/db/transaction';
import type { TestDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { expect, vi } from 'vitest';

/** Somebody with an account. */
export interface User {
  id: string;
  /** What a token of theirs has as its subject. */
  actor: string;
  email: string;
}

/** Somebody at work in an organization. */
export interface Colleague extends User {
  /** As shown outside: `mem_…`. */
  memberId: string;
}

interface Account {
  email?: string;
  isVerified?: boolean;
  status?: string;
}

export async function createUser({ superuser }: TestDatabase, account: Account = {}): Promise<User> {
  const { email = `${randomUUID()}@example.com`, isVerified = true, status = 'active' } = account;
  const { rows } = await superuser.query(
    'insert into identity.users (name, email, email_verified, status) values ($1, $2, $3, $4) returning id',
    ['Somebody', email, isVerified, status],
  );
  return { id: rows[0].id, actor: showId('user', rows[0].id), email };
}

/** An organization on the largest plan, and verbs in it as the login that knows people. */
export class Firm {
  readonly orgId: string;
  readonly #database: TestDatabase;

  constructor(database: TestDatabase, orgId: string) {
    this.#database = database;
    this.orgId = orgId;
  }

  static async found(database: TestDatabase): Promise<Firm> {
    const orgId = await createOrganization(database);
    await database.superuser.query(`update identity.organizations set plan = 'enterprise' where id = $1`, [orgId]);
    return new Firm(database, orgId);
  }

  async employ(role: MemberRole, account?: Account): Promise<Colleague> {
    const user = await createUser(this.#database, account);
    const { rows } = await this.#database.superuser.query(
      'insert into identity.members (org_id, user_id, role) values ($1, $2, $3) returning id',
      [this.orgId, user.id, role],
    );
    return { ...user, memberId: showId('member', rows[0].id) };
  }

  run<Result>(work: (tx: TenantTransaction) => Promise<Result>): Promise<Result> {
    return withTenant({ database: this.#database.identity, orgId: this.orgId }, work);
  }

  /** Who is what, by user. */
  async roles(): Promise<Record<string, MemberRole>> {
    const { rows } = await this.#database.superuser.query(
      'select user_id, role from identity.members where org_id = $1',
      [this.orgId],
    );
    return Object.fromEntries(rows.map(({ user_id, role }) => [user_id, role]));
  }

  async owners(): Promise<string[]> {
    return Object.entries(await this.roles()).flatMap(([userId, role]) => (role === 'owner' ? [userId] : []));
  }

  /** What was recorded of the organization, the oldest first. */
  async recorded() {
    const { rows } = await this.#database.superuser.query(
      'select actor, action, target_type, target_id, before, after, ip from audit.records where org_id = $1 order by id',
      [this.orgId],
    );
    return rows;
  }
}

/** Until so many statements wait for what other transactions have locked. */
export function untilSomebodyWaits({ superuser }: TestDatabase, waiting = 1): Promise<void> {
  return vi.waitFor(async () => {
    const { rows } = await superuser.query(
      `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    expect(rows).toHaveLength(waiting);
  }, 10_000);
}
