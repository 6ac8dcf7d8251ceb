import { AppError, type ErrorCode, errorCodes } from '@tributary/core/errors';
import * as z from 'zod';

/** The one shape of every refusal: RFC 9457 with a stable `code`, the request's id, and for bad fields where they are. */
export const problemSchema = z
  .strictObject({
    type: z.string().describe('One URN per code.'),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    code: z.enum(Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]]).describe('Stable: switch on this.'),
    requestId: z.string().describe('Quote it when asking for support.'),
    issues: z.array(z.strictObject({ path: z.string(), message: z.string() })).optional(),
  })
  .meta({ id: 'Problem', description: 'Problem details (RFC 9457).' });

export type Problem = z.infer<typeof problemSchema>;

/** What a caller is told of an error. Of one that is not an AppError: nothing but that it happened. */
export function toProblem(error: unknown, requestId: string): Problem {
  const known =
    error instanceof AppError ? error : new AppError('internal', 'Something failed on our side. Quote the requestId.');
  const title = known.code.replaceAll('_', ' ').replace('json', 'JSON');
  return {
    type: `urn:tributary:problem:${known.code}`,
    title: title.charAt(0).toUpperCase() + title.slice(1),
    status: known.status,
    detail: known.message,
    code: known.code,
    requestId,
    ...(known.issues.length > 0 && { issues: [...known.issues] }),
  };
}
