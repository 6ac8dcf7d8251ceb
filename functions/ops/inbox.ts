import { parse } from '@tributary/core/verb';
import { type Attention, attention } from '@tributary/inbox/attention';
import { type Replayed, replayDelivery } from '@tributary/inbox/replay-delivery';
import * as z from 'zod';
import { handler as resume } from '../crons/resume.ts';
import { database } from '../runtime/database.ts';
import { providers } from '../runtime/providers.ts';

const inboxRequest = z.union([
  /** A delivery nobody could read (a UUID): to be read again, after a fix. */
  z.strictObject({ replay: z.strictObject({ deliveryId: z.uuid() }) }),
  /** Parked events whose account has connected, now instead of within five minutes. Others stay parked: nobody owns them. */
  z.strictObject({ replay: z.literal('parked') }),
  z.strictObject({}),
]);

type Answer = Attention | (Replayed & { resumed: number }) | { resumed: number };

/** What in the inbox waits for a person: handshake codes to paste, deliveries nobody could read, events nobody owns. Or replays some. */
export async function handler(request: unknown): Promise<Answer> {
  const wanted = parse(inboxRequest, request ?? {});
  if (!('replay' in wanted)) return attention(database('system'));
  const replayed =
    wanted.replay === 'parked' ? {} : await replayDelivery(database('system'), providers, wanted.replay.deliveryId);
  return { ...replayed, resumed: (await resume()).events };
}
