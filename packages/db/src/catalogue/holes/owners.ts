import { definer, type Holes } from './hole.ts';

const asKeyReader = (statements: string) => `set role key_reader; ${statements}; set role tributary_owner`;
const asRateLimiter = (statements: string) => `set role rate_limiter; ${statements}; set role tributary_owner`;
const take = 'edge.take_tokens(text[],bigint[],integer[],integer[],timestamp with time zone)';
const find = 'identity.find_api_key(uuid,bytea,timestamp with time zone)';

/** Ways to see more by functions than they are for. */
export const ownerHoles: Holes = {
  C15: [
    [
      'a table more for who looks up keys',
      'grant select on loyalty.wallets to key_reader',
      'loyalty.wallets: SELECT granted to key_reader beyond what it needs',
    ],
    [
      'a write of what a key may do',
      'grant update (scopes) on identity.api_keys to key_reader',
      'identity.api_keys: UPDATE (scopes) granted to key_reader beyond what it needs',
    ],
    [
      'every column of organizations',
      'grant select on identity.organizations to key_reader',
      'identity.organizations: SELECT granted to key_reader beyond what it needs',
    ],
    [
      'a schema more',
      'grant usage on schema sync to key_reader',
      'schema sync: USAGE granted to key_reader beyond what it needs',
    ],
    [
      'a function of others for it',
      `${definer} revoke execute on function loyalty.planted() from public; grant execute on function loyalty.planted() to key_reader`,
      'loyalty.planted(): EXECUTE granted to key_reader beyond what it needs',
    ],
    [
      'the look-up of keys for a login that is not asked with them',
      asKeyReader('grant execute on function identity.find_api_key to tributary_worker'),
      `${find}: acts as key_reader and is granted to tributary_worker`,
    ],
    [
      'the look-up of keys for everybody',
      asKeyReader('grant execute on function identity.find_api_key to public'),
      `${find}: acts as key_reader and is granted to PUBLIC`,
      `C4 ${find}: executable by PUBLIC`,
    ],
    [
      'what somebody is now for who has no keys to make',
      'set role member_reader; grant execute on function identity.own_role to tributary_worker; set role tributary_owner',
      'identity.own_role(uuid): acts as member_reader and is granted to tributary_worker',
    ],
    [
      'the end of all keys for who has them',
      asKeyReader('grant execute on function identity.end_api_keys to tributary_api'),
      'identity.end_api_keys(timestamp with time zone): acts as key_reader and is granted to tributary_api',
    ],
    [
      'people for who tells what somebody is a member of',
      'grant select (email) on identity.users to member_reader',
      'identity.users: SELECT (email) granted to member_reader beyond what it needs',
    ],
    [
      'organizations for who counts requests',
      'grant select on identity.organizations to rate_limiter',
      'identity.organizations: SELECT granted to rate_limiter beyond what it needs',
    ],
    [
      'emptying all buckets for who counts requests',
      'grant truncate on edge.buckets to rate_limiter',
      'edge.buckets: TRUNCATE granted to rate_limiter beyond what it needs',
      'C8 edge.buckets: TRUNCATE granted to rate_limiter',
    ],
    [
      'counting for a login that serves nobody',
      asRateLimiter('grant execute on function edge.take_tokens to tributary_worker'),
      `${take}: acts as rate_limiter and is granted to tributary_worker`,
    ],
  ],
};
