import { ownScope } from '@tributary/http/api-key';
import { access } from './access.ts';

/** Every key has the first; no key the second: one that makes keys would outlive being revoked. Nor the third: people decide on people. */
const notGiven = [ownScope, 'api-keys:write', 'members:write'] as const;

type MemberAccess = typeof access.loyalty &
  typeof access.affiliate &
  typeof access.invoices &
  typeof access.events &
  typeof access.connections &
  typeof access.connect &
  typeof access.members;
type Scope = MemberAccess[keyof MemberAccess]['scope'];
type KeyScope = Exclude<Scope, (typeof notGiven)[number]>;

/** What an API key can be narrowed to: whatever a route for members asks for, in the order of the alphabet. */
export const keyScopes = [
  ...Object.values(access.loyalty),
  ...Object.values(access.affiliate),
  ...Object.values(access.invoices),
  ...Object.values(access.events),
  ...Object.values(access.connections),
  ...Object.values(access.connect),
  ...Object.values(access.members),
]
  .map(({ scope }) => scope)
  .filter(
    (scope, index, all): scope is KeyScope =>
      !(notGiven as readonly string[]).includes(scope) && all.indexOf(scope) === index,
  )
  .sort();
