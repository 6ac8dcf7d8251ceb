import { parse } from '@tributary/core/verb';
import { type Reverified, reverify } from '@tributary/inbox/verify/reverify';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { ConfigurationError, webhookKeyList } from '../runtime/config.ts';
import { database } from '../runtime/database.ts';
import { log } from '../runtime/log.ts';
import { proveWith } from '../runtime/prove-again.ts';

const keys = z.array(z.string().min(1)).max(100).default([]);

const request = z.strictObject({
  /** Go on where an answer before this one ended. */
  after: z.uuid().nullish(),
  /** Keys that are not configured any more, and proved deliveries once: secrets, so whoever sends them keeps them out of files and shells. */
  formerKeys: z.strictObject({ square: keys, xero: keys }).prefault({}),
});

const reserveMs = 15_000;

/** Proves stored deliveries again. @returns how many held, and where to go on when the time was over */
export async function handler(
  given: unknown,
  { getRemainingTimeInMillis }: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<Reverified> {
  const { after, formerKeys } = parse(request, given ?? {});
  const prove = proveWith({
    square: [...configured('SquareSignatureKeys'), ...formerKeys.square],
    xero: [...configured('XeroWebhookKeys'), ...formerKeys.xero],
  });
  const report = await reverify(database('system'), {
    prove,
    after: after ?? null,
    mayGoOn: () => getRemainingTimeInMillis() > reserveMs,
  });
  const { matchRate, failed, next } = report;
  log(failed.length > 0 ? 'ERROR' : 'INFO', 'reverified', { matchRate, failed: failed.length, isDone: next === null });
  return report;
}

/** Ended ones too: they proved what came before. */
function configured(secret: 'SquareSignatureKeys' | 'XeroWebhookKeys'): readonly string[] {
  const list = webhookKeyList(secret);
  if (list === null) throw new ConfigurationError(secret, 'a JSON list of keys, each alone or with an end (key@time)');
  return list.map(({ key }) => key);
}
