import { parse } from '@tributary/core/verb';
import { type Rebuilt, rebuild } from '@tributary/sync/rebuild/rebuild';
import * as z from 'zod';
import { log } from '../runtime/log.ts';
import { rebuildComposition } from '../runtime/rebuild.ts';

const request = z.strictObject({ orgId: z.uuid() });

/** Computes an organization again from the bytes that came, into a twin of its own, and compares. @returns ids as UUIDs */
export async function handler(given: unknown): Promise<Rebuilt> {
  const { orgId } = parse(request, given);
  const rebuilt = await rebuild(rebuildComposition(), orgId);
  const { twinOrgId, isEqual, applied, problems, lines } = rebuilt;
  log(isEqual ? 'INFO' : 'ERROR', 'rebuilt', { orgId, twinOrgId, isEqual, applied, lines, problems: problems.length });
  return rebuilt;
}
