import type { SecretName, Setting } from '@tributary/infra/specs';
import type { FunctionName } from '@tributary/infra/topology';
import type { Bundle } from './bundle.ts';
import type { ConsumerClaims, Role } from './issuer.ts';
import type { LocalMail } from './ses.ts';
import type { Shutdown } from './shutdown.ts';
import type { QueueDepth } from './sqs.ts';

/** Replaces values that are otherwise made up for this machine. */
export interface StageValues {
  settings?: Partial<Record<Setting, string>>;
  secrets?: Partial<Record<SecretName, string>>;
}

export interface StackOptions extends StageValues {
  /** Folder of everything that lasts: database, queue, keys, lock. */
  dataDir: string;
  /** Empties `dataDir` first. */
  fresh?: boolean;
  /** Durable as far as the machine allows (`dev`); otherwise faster, with messages in memory (`demo`, tests). Default true. */
  persistent?: boolean;
  /** The gateway's port, or the next free one; 0 or left out: any. */
  port?: number;
  /** Bundles again on every change of a source file. */
  watch?: boolean;
  /** Starts providers that the stage talks to and hears from, once its address is known; their values win. `shutdown` undoes each start. */
  startProviders?: (gatewayUrl: string, shutdown: Shutdown) => Promise<StageValues>;
  /** Seconds until a failed message is tried again; left out, the queue's visibility timeout decides. With 0 a short outage uses up all tries. */
  retryVisibilitySeconds?: number;
  /** Replaces the topology's window for gathering a batch, which costs each message that long. */
  batchWindowSeconds?: number;
  /** Project root: holds `functions` and `migrations`. */
  root?: string;
  /** Gives the functions' bundles to a stack that is not to make its own. */
  bundle?: () => Promise<readonly Bundle[]>;
  log: (line: string) => void;
}

export interface Stack {
  readonly gatewayUrl: string;
  readonly sqsUrl: string;
  /** Superuser of the database, past row-level security: for checks, never for functions. */
  readonly superuserUrl: string;
  /** Bytes of each function's bundle. */
  readonly bundles: readonly { functionName: string; initialBytes: number; lazyBytes: number }[];
  readonly secrets: Readonly<Record<SecretName, string>>;
  readonly settings: Readonly<Record<Setting, string>>;
  /** Runs a function as `Invoke` does. @throws InvocationError when it fails. */
  invoke(functionName: FunctionName, event: unknown): Promise<unknown>;
  /** A bearer token for the API. */
  token(orgId: string, role: Role): Promise<string>;
  /** The same for somebody who buys. */
  consumerToken(claims: ConsumerClaims): Promise<string>;
  /** What people were written, the newest first. */
  mails(): readonly LocalMail[];
  queueDepths(): Record<string, QueueDepth>;
  /** Resolves when every queue is empty (dead letters aside) and no function runs. */
  drained(): Promise<void>;
  stopPostgres(): Promise<void>;
  /** As when the database machine loses power. */
  crashPostgres(): Promise<void>;
  startPostgres(): Promise<void>;
  stopSqs(): Promise<void>;
  startSqs(): Promise<void>;
  /** Stops everything in reverse order; may be called more than once. */
  stop(): Promise<void>;
}

/** A function failed; `errorType` is what it or Lambda named the failure. */
export class InvocationError extends Error {
  readonly errorType: string;
  constructor(functionName: string, errorType: string, errorMessage: string) {
    super(`${functionName} failed with ${errorType}: ${errorMessage}`);
    this.name = 'InvocationError';
    this.errorType = errorType;
  }
}
