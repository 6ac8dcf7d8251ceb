import { verb } from '@tributary/core/verb';
import { type Reader, readTenant } from '@tributary/db/read';
import type { TenantContext, TenantTransaction } from '@tributary/db/transaction';
import { and, desc, eq, lt, type SQL } from 'drizzle-orm';
import * as z from 'zod';
import { members, people } from './member.sql.ts';
import { type Member, type MemberRow, serializeMember } from './member.ts';

/** Behind the member with this id (a UUID). */
export const memberPosition = z.uuid();

const listMembersInput = z.strictObject({ limit: z.int().positive(), after: memberPosition.optional() });

/** Members, who joined last first: at most `limit`, each with the position a next page continues from. As the login that knows people. */
export const listMembers = verb(listMembersInput, async (context: TenantContext, { limit, after }) => {
  const behind = after === undefined ? undefined : lt(members.id, after);
  const rows = await readTenant(context, (reader) =>
    select(reader, context.orgId, behind).orderBy(desc(members.id)).limit(limit),
  );
  return rows.map((row) => ({ item: serializeMember(row), position: row.id }));
});

/** One member, in the transaction that made or changed them. */
export async function showMember(tx: TenantTransaction, id: string): Promise<Member> {
  const [row] = await select(tx.drizzle, tx.orgId, eq(members.id, id));
  return serializeMember(row as MemberRow);
}

function select(reader: Reader, orgId: string, which: SQL | undefined) {
  const { id, userId, role, createdAt } = members;
  return reader
    .select({ id, userId, role, createdAt, name: people.name, email: people.email })
    .from(members)
    .innerJoin(people, eq(people.id, userId))
    .where(and(eq(members.orgId, orgId), which))
    .$dynamic();
}
