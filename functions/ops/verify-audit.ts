import { anchor } from '@tributary/audit/chain/findings';
import { type VerifiedChain, verifyChain } from '@tributary/audit/chain/verify-chain';
import { type VerifiedChains, verifyChains } from '@tributary/audit/chain/verify-chains';
import { parse } from '@tributary/core/verb';
import type { Context } from 'aws-lambda';
import * as z from 'zod';
import { reportVerified } from '../runtime/audit.ts';
import { database } from '../runtime/database.ts';
import { log } from '../runtime/log.ts';

const request = z.strictObject({
  /** This organization alone. */
  orgId: z.uuid().optional(),
  /** Go on where an answer before this one ended. */
  after: z.uuid().nullish(),
  /** Lines that cronsAnchor logged, as they are: what else a line says is left aside. */
  anchors: z.array(anchor).default([]),
});

const reserveMs = 60_000;

/**
 * Computes the audit chain of one organization, or of all, again and compares it with what is stored and with anchors.
 * @returns what is wrong, and where to go on when the time was over
 */
export async function handler(
  given: unknown,
  { getRemainingTimeInMillis }: Pick<Context, 'getRemainingTimeInMillis'>,
): Promise<VerifiedChain | VerifiedChains> {
  const { orgId, after, anchors } = parse(request, given ?? {});
  const [worker, system] = [database('worker'), database('system')];
  if (orgId !== undefined) {
    const verified = await verifyChain({ database: worker, orgId }, anchors);
    log(verified.found > 0 ? 'ERROR' : 'INFO', 'audit_verified', {
      orgId,
      links: verified.links,
      found: verified.found,
    });
    return verified;
  }
  const mayGoOn = () => getRemainingTimeInMillis() > reserveMs;
  const verified = await verifyChains({ worker, system, mayGoOn }, { anchors, after: after ?? null });
  reportVerified(log, verified);
  return verified;
}
