import { showId } from '@tributary/core/ids';
import { memberRole } from '@tributary/core/role';
import * as z from 'zod';

export const member = z
  .strictObject({
    id: z.string(),
    userId: z.string(),
    name: z.string(),
    email: z.string(),
    role: memberRole,
    joinedAt: z.iso.datetime(),
  })
  .meta({ id: 'Member', description: 'Somebody at work in the organization.' });

export type Member = z.infer<typeof member>;

export interface MemberRow {
  id: string;
  userId: string;
  name: string;
  email: string;
  role: string;
  createdAt: Date;
}

export function serializeMember({ id, userId, role, createdAt, name, email }: MemberRow): Member {
  return {
    id: showId('member', id),
    userId: showId('user', userId),
    name,
    email,
    role: memberRole.parse(role),
    joinedAt: createdAt.toISOString(),
  };
}
