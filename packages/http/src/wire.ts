import type { Json } from '@tributary/core/canonical-json';
import type * as z from 'zod';

/** What a handler may return for JSON of type `T`: a Date where a string goes, a bigint where a number goes. */
export type Wire<T> = T extends string
  ? T | Date
  : T extends number
    ? T | bigint
    : T extends readonly (infer Item)[]
      ? readonly Wire<Item>[]
      : T extends object
        ? { [Key in keyof T]: Wire<T[Key]> }
        : T;

declare const resultType: unique symbol;

/** A handler's result that is JSON text already and goes out as it is, byte for byte. */
export class Answered<Result> {
  declare readonly [resultType]: Result;
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A handler returned something its route does not promise. `fields` are paths, never values. */
export class ResponseMismatch extends Error {
  readonly fields: readonly string[];

  constructor(fields: readonly string[]) {
    super(`The response does not fit its schema at: ${fields.join(', ')}`);
    this.name = 'ResponseMismatch';
    this.fields = fields;
  }
}

/**
 * A handler's result as the JSON its schema describes: dates become ISO 8601 UTC, bigints become integers.
 * Nothing leaves that the schema does not name.
 * @throws ResponseMismatch when it does not fit; an integer beyond ±2^53 is a mismatch too, as a reader would round it.
 */
export function serialize(schema: z.ZodType, value: unknown): Json {
  const result = schema.safeParse(toJson(value, []));
  if (result.success) return result.data as Json;
  throw new ResponseMismatch(result.error.issues.map((issue) => issue.path.map(String).join('.')));
}

function toJson(value: unknown, path: readonly string[]): unknown {
  if (typeof value === 'bigint') {
    if (!Number.isSafeInteger(Number(value))) throw new ResponseMismatch([path.join('.')]);
    return Number(value);
  }
  if (value instanceof Date) {
    if (Number.isNaN(value.getTime())) throw new ResponseMismatch([path.join('.')]);
    return value.toISOString();
  }
  if (Array.isArray(value)) return value.map((item, index) => toJson(item, [...path, String(index)]));
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([key, member]) => [key, toJson(member, [...path, key])]));
}
