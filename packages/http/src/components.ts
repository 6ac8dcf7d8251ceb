import * as z from 'zod';
import type { JsonSchema } from './openapi.ts';

/** Collects the named schemas that fragments of an OpenAPI document refer to. */
export class Components {
  readonly #schemas = new Map<string, JsonSchema>();

  schema(type: z.ZodType, io: 'input' | 'output'): JsonSchema {
    const { $schema: _, $defs = {}, ...fragment } = z.toJSONSchema(type, { io, override: dropRedundantPattern });
    for (const [id, definition] of Object.entries($defs)) this.#add(id, relocate(definition) as JsonSchema);
    return relocate(fragment) as JsonSchema;
  }

  all(): Record<string, JsonSchema> {
    return Object.fromEntries([...this.#schemas].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  #add(id: string, schema: JsonSchema): void {
    const known = this.#schemas.get(id);
    if (known && JSON.stringify(known) !== JSON.stringify(schema)) throw new Error(`two schemas are named ${id}`);
    this.#schemas.set(id, schema);
  }
}

// zod spells out `format: date-time` as 300 characters of pattern.
function dropRedundantPattern({ jsonSchema }: { jsonSchema: z.core.JSONSchema.BaseSchema }): void {
  if (jsonSchema.format) delete jsonSchema.pattern;
}

/** Points references at OpenAPI's place for shared schemas. */
function relocate(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(relocate);
  if (typeof node !== 'object' || node === null) return node;
  return Object.fromEntries(
    Object.entries(node).map(([key, value]) =>
      key === '$ref' && typeof value === 'string'
        ? [key, value.replace('#/$defs/', '#/components/schemas/')]
        : [key, relocate(value)],
    ),
  );
}
