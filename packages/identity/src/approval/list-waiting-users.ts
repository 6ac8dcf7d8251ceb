import type { Database } from '@tributary/db/connection';
import { systemStatement } from '@tributary/db/transaction';

/** Somebody who has signed up and waits to be approved. */
export interface WaitingUser {
  userId: string;
  name: string;
  email: string;
  emailVerified: boolean;
  since: Date;
}

/** Who waits longest first, a hundred at most. As the login that knows people. */
export function listWaitingUsers(database: Database): Promise<WaitingUser[]> {
  return systemStatement(
    database,
    `select id as "userId", name, email, email_verified as "emailVerified", created_at as since
     from identity.users where status = 'pending_approval' order by id limit 100`,
    [],
  );
}
