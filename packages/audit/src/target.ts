import { idPattern, idPrefixes, readId } from '@tributary/core/ids';
import * as z from 'zod';
import { type AuditTarget, auditTarget } from './actions.ts';

/** The id of a target as a filter: it says of which type it is. One that names nothing finds nothing. */
export const targetId = z
  .string()
  .regex(idPattern(...auditTarget.options), `must be the id of one of: ${auditTarget.options.join(', ')}`);

/** @param id that `targetId` parsed */
export function readTarget(id: string): { type: AuditTarget; id: string } {
  const type = auditTarget.options.find((one) => id.startsWith(`${idPrefixes[one]}_`)) as AuditTarget;
  return { type, id: readId(type, id) };
}
