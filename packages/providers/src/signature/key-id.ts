import { hash } from 'node:crypto';

/**
 * What a key is called in the log and beside stored deliveries: the first eight hex digits of its SHA-256. It means the same
 * key before and after a rotation, and tells nothing of it: providers' keys are random, 122 bits and more.
 */
export function keyIdOf(key: string): string {
  return hash('sha256', key).slice(0, 8);
}
