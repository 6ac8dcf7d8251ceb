import type { TenantTransaction } from '@tributary/db/transaction';

/** From where somebody asked, as the edge saw it. */
export interface Client {
  readonly address: string | null;
  /** Of 255 characters at most. */
  readonly userAgent: string | null;
}

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
