import * as z from 'zod';

/** Clover wraps every expanded list: `{ elements, href }`. What was not expanded is `{ href }` or absent. */
export function listOf<Schema extends z.ZodType>(schema: Schema) {
  return z.looseObject({ elements: z.array(schema) });
}
