import type * as z from 'zod';
import { invalidFields } from './errors.ts';

/** Parses input at the door; refusals name the field, never the value. */
export function parse<Schema extends z.ZodType>(schema: Schema, input: unknown): z.output<Schema> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  throw invalidFields(
    result.error.issues.map((issue) => ({ path: issue.path.map(String).join('.'), message: describe(issue) })),
  );
}

// zod's own messages for these two quote input keys or values; ours do not.
function describe(issue: z.core.$ZodIssue): string {
  if (issue.code === 'unrecognized_keys') return 'has unknown fields';
  if (issue.code === 'invalid_value') return `must be one of: ${issue.values.map(String).join(', ')}`;
  return issue.message;
}

/** A business verb: its input schema, and the function that runs on parsed input with an explicit context. */
export interface Verb<Context, Schema extends z.ZodType, Result> {
  (context: Context, input: z.input<Schema>): Promise<Result>;
  readonly schema: Schema;
}

export function verb<Context, Schema extends z.ZodType, Result>(
  schema: Schema,
  run: (context: Context, input: z.output<Schema>) => Promise<Result>,
): Verb<Context, Schema, Result> {
  return Object.assign(async (context: Context, input: z.input<Schema>) => run(context, parse(schema, input)), {
    schema,
  });
}
