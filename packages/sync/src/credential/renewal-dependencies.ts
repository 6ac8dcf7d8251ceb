import type { Clock } from '@tributary/core/clock';
import { AppError } from '@tributary/core/errors';
import type { OAuthClient } from '@tributary/core/token-set';
import type { Envelope } from '@tributary/credentials/envelope';
import type { Database } from '@tributary/db/connection';
import type { Pause } from './pauses.ts';
import type { Report } from './report.ts';

export interface RenewalDependencies {
  worker: Database;
  envelope: Envelope;
  /** By name of the provider. */
  oauth: Readonly<Record<string, OAuthClient>>;
  clock: Clock;
  report: Report;
  /** Waits that long; by the machine's timers unless told. */
  pause?: Pause;
}

/** @throws AppError `internal` for a provider that nobody configured */
export function clientOf(oauth: RenewalDependencies['oauth'], provider: string): OAuthClient {
  const client = oauth[provider];
  if (client) return client;
  throw new AppError('internal', 'No client is configured for a provider that is connected.');
}
