import { idPattern, readId } from '@tributary/core/ids';

const userId = idPattern('user');

/** The user (a UUID) behind the subject of a token; null for one that is no user's, such as an API key's. */
export function userOf(actor: string): string | null {
  return userId.test(actor) ? readId('user', actor) : null;
}
