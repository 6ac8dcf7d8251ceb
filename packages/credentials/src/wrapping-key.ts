/** A KMS key that wraps data keys. */
export interface WrappingKey {
  /** Stored in clear with whatever is sealed under it. */
  readonly id: string;
  readonly arn: string;
}

/** The current key, under which is sealed, then the others, which still open: the oldest last. */
export type WrappingKeys = readonly [WrappingKey, ...WrappingKey[]];

const keyArnPattern = /^arn:[^:]+:kms:[^:]*:[^:]*:key\/([A-Za-z0-9-]{1,64})$/;

/**
 * A KMS key by its ARN, with the id KMS gave it.
 * @throws Error for anything else, an alias too: once an alias points elsewhere, nothing sealed through it opens.
 */
export function wrappingKey(arn: string): WrappingKey {
  const id = keyArnPattern.exec(arn)?.[1];
  if (id === undefined) throw new Error('This is not the ARN of a KMS key.');
  return { id, arn };
}

/** @throws Error when two keys share an id: one of them would open nothing. */
export function requireDistinct(keys: WrappingKeys): void {
  if (new Set(keys.map(({ id }) => id)).size !== keys.length) throw new Error('Two wrapping keys have the same id.');
}
