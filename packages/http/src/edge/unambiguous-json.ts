import type { FieldIssue } from '@tributary/core/errors';

const maxKeyLength = 256;
/** A double keeps 15 digits of any decimal number, and whole numbers up to 2^53 - 1. */
const maxDigits = 15;

// Strings, brackets, the marks between, and whatever else there is: numbers and names. The text is known to be JSON.
const tokenPattern = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g;

/**
 * What another parser may read otherwise than ours, or ours not as it was written: a key that an object has twice, a number beyond what
 * a double holds. And keys that are longer than any we know. Of valid JSON; null when there is nothing of the kind.
 * @see ASVS 5.0, 1.5.3
 */
export function ambiguityOf(json: string): FieldIssue | null {
  /** Keys of each open object, null for an open array. */
  const open: (Set<string> | null)[] = [];
  let expectsKey = false;
  for (const [token] of json.matchAll(tokenPattern)) {
    const keys = open.at(-1);
    if (token === '{' || token === '[') open.push(token === '{' ? new Set() : null);
    else if (token === '}' || token === ']') open.pop();
    else if (token.startsWith('"')) {
      const wrong = expectsKey && keys ? wrongKey(JSON.parse(token), keys) : null;
      if (wrong) return { path: '', message: wrong };
    } else if (/^[-\d]/.test(token) && !isExact(token)) {
      return { path: '', message: 'a number of more digits than are kept' };
    }
    expectsKey = token === '{' || (token === ',' && open.at(-1) instanceof Set);
  }
  return null;
}

function wrongKey(key: string, keys: Set<string>): string | null {
  if (key.length > maxKeyLength) return `a key of more than ${maxKeyLength} characters`;
  if (keys.has(key)) return 'a key that an object has twice';
  keys.add(key);
  return null;
}

function isExact(number: string): boolean {
  if (/^-?\d+$/.test(number)) return Number.isSafeInteger(Number(number));
  const [digits = ''] = number.replace(/^-/, '').split(/e/i);
  const significant = digits.replace('.', '').replace(/^0+/, '');
  const value = Number(number);
  const isRounded = value === 0 && /[1-9]/.test(significant);
  return significant.length <= maxDigits && Number.isFinite(value) && !isRounded;
}
