import { verb } from '@tributary/core/verb';
import type { Connection } from './connection.ts';
import { type PausingContext, pausedInput, setPaused } from './pause-connection.ts';

/**
 * A connection that was paused is pulled from again, at once; the first run brings what changed meanwhile. Resuming it twice is no mistake.
 * @throws AppError `not_found`; `conflict` for one that is neither paused nor active, or that nothing is ever pulled from
 */
export const resumeConnection = verb(
  pausedInput,
  (context: PausingContext, input): Promise<Connection> =>
    setPaused(context, input, { action: 'connection.resume', from: 'paused', to: 'active' }),
);
