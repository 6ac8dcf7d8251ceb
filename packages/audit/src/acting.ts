import type { Client } from '@tributary/core/client';
import type { TenantTransaction } from '@tributary/db/transaction';

/** Who acts. */
export interface Acting {
  /** The subject of the token. */
  actor: string;
  /** Undefined where nobody's request is behind it. */
  client?: Client | undefined;
}

/** Somebody acts, in a transaction of their organization. */
export interface ActingContext extends Acting {
  tx: TenantTransaction;
}
