import { ownScope } from '@tributary/http/api-key';
import { access } from './access.ts';

/** Every key has the first; no key the second: one that makes keys would outlive being revoked. Nor the third: people decide on people. */
const notGiven: readonly string[] = [ownScope, 'api-keys:write', 'members:write'];

type MemberAccess = typeof access.loyalty & typeof access.connect & typeof access.members;
type KeyScope = Exclude<
  MemberAccess[keyof MemberAccess]['scope'],
  typeof ownScope | 'api-keys:write' | 'members:write'
>;

/** What an API key can be narrowed to: whatever a route for members asks for, in the order of the alphabet. */
export const keyScopes = [
  ...Object.values(access.loyalty),
  ...Object.values(access.connect),
  ...Object.values(access.members),
]
  .map(({ scope }) => scope)
  .filter((scope, index, all): scope is KeyScope => !notGiven.includes(scope) && all.indexOf(scope) === index)
  .sort();
