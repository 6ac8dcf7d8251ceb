import { randomUUID } from 'node:crypto';
import { showId } from '@tributary/core/ids';
import type { MemberRole } from '@tributary/core/role';
import type { TestDatabase } from '@tributary/testing/database';

/** Somebody with an account, and an address they have proven to own. */
export interface User {
  id: string;
  /** What a token of theirs has as its subject. */
  subject: string;
  email: string;
}

export async function createUser({ superuser }: TestDatabase): Promise<User> {
  const email = `${randomUUID()}@people.example`;
  const { rows } = await superuser.query(
    `insert into identity.users (name, email, email_verified) values ('Somebody', $1, true) returning id`,
    [email],
  );
  return { id: rows[0].id, subject: showId('user', rows[0].id), email };
}

/** A new member. @returns their id as a member, `mem_…` */
export async function employ(database: TestDatabase, orgId: string, role: MemberRole): Promise<string> {
  const { id } = await createUser(database);
  const { rows } = await database.superuser.query(
    'insert into identity.members (org_id, user_id, role) values ($1, $2, $3) returning id',
    [orgId, id, role],
  );
  return showId('member', rows[0].id);
}

/** The subject of somebody who has that role now; employs one if nobody has. */
export async function subjectWith(database: TestDatabase, orgId: string, role: MemberRole): Promise<string> {
  const find = () =>
    database.superuser.query(
      'select user_id from identity.members where org_id = $1 and role = $2 order by id limit 1',
      [orgId, role],
    );
  if ((await find()).rows.length === 0) await employ(database, orgId, role);
  const { rows } = await find();
  return showId('user', rows[0].user_id);
}
