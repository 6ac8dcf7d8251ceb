import { ProviderError } from '@tributary/core/provider-error';
import { parseStorableJson } from '@tributary/core/storable-json';
import type * as z from 'zod';

/**
 * Reads an answer that is held as bytes. @throws ProviderError `invalid_response` when it has another shape; PermanentFailure when it is
 * no JSON
 */
export function readAnswer<Schema extends z.ZodType>(body: Uint8Array, schema: Schema): z.output<Schema> {
  // 304, and a POST that was answered with nothing.
  const read = schema.safeParse(body.byteLength === 0 ? undefined : parseStorableJson(body));
  if (read.success) return read.data;
  throw new ProviderError('invalid_response', 'what is held of an answer has another shape');
}
