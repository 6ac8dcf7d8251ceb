import type { Json } from './canonical-json.ts';
import { PermanentFailure } from './errors.ts';

/** Deeper than any provider nests, far below where Postgres and JSON.stringify give up. */
const maxDepth = 64;

/**
 * Parses bytes that a provider sent into JSON that `jsonb` can hold.
 * @throws PermanentFailure `invalid_utf8`, `invalid_json`, or `unstorable_json` for what JSON.parse takes and `jsonb` refuses:
 * U+0000, lone surrogates, numbers beyond a double, deep nesting.
 */
export function parseStorableJson(bytes: Uint8Array): Json {
  const parsed = parseJson(decode(bytes));
  const open: { value: unknown; depth: number }[] = [{ value: parsed, depth: 0 }];
  // A stack of our own: recursion would overflow on exactly the documents this refuses.
  for (let item = open.pop(); item; item = open.pop()) {
    const { value, depth } = item;
    if (depth > maxDepth) throw new PermanentFailure('unstorable_json', `nested deeper than ${maxDepth}`);
    if (typeof value === 'string') assertText(value);
    else if (typeof value === 'number' && !Number.isFinite(value)) {
      throw new PermanentFailure('unstorable_json', 'a number beyond the range of a double');
    } else if (Array.isArray(value)) for (const element of value) open.push({ value: element, depth: depth + 1 });
    else if (typeof value === 'object' && value !== null) {
      for (const [key, member] of Object.entries(value)) {
        assertText(key);
        open.push({ value: member, depth: depth + 1 });
      }
    }
  }
  return parsed as Json;
}

function decode(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch (cause) {
    throw new PermanentFailure('invalid_utf8', 'the body is not UTF-8', { cause });
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // No cause: V8's message quotes the document.
    throw new PermanentFailure('invalid_json', 'the body is not JSON');
  }
}

function assertText(text: string): void {
  if (text.includes('\u0000')) throw new PermanentFailure('unstorable_json', 'a string with U+0000');
  if (!text.isWellFormed()) throw new PermanentFailure('unstorable_json', 'a string with a lone surrogate');
}
