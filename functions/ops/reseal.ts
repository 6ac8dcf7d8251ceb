import { parse } from '@tributary/core/verb';
import { type Resealed, resealCredentials } from '@tributary/sync/credential/reseal-credentials';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { credentials } from '../runtime/credentials.ts';
import { database } from '../runtime/database.ts';
import { log } from '../runtime/log.ts';

const request = z.strictObject({
  /** Go on where an answer before this one ended. */
  after: z.strictObject({ orgId: z.uuid(), credentialId: z.uuid() }).nullish(),
});

const reserveMs = 15_000;
const atMost = 100;

/** Seals stored credentials under the current key. @returns what was done, and where to go on when the time was over */
export async function handler(
  given: unknown,
  { getRemainingTimeInMillis }: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<Resealed> {
  const dependencies = { system: database('system'), envelope: credentials(), report: log };
  const done: Resealed = { examined: 0, resealed: 0, unreadable: 0, next: parse(request, given ?? {}).after ?? null };
  do {
    const part = await resealCredentials(dependencies, { atMost, ...(done.next && { after: done.next }) });
    done.examined += part.examined;
    done.resealed += part.resealed;
    done.unreadable += part.unreadable;
    done.next = part.next;
  } while (done.next !== null && getRemainingTimeInMillis() > reserveMs);
  const { next, ...counts } = done;
  log(done.unreadable > 0 ? 'ERROR' : 'INFO', 'resealed', { ...counts, isDone: next === null });
  return done;
}
