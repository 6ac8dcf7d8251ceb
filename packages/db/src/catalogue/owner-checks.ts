import type { Check } from './checks.ts';
import { auditWriter, keyReader, memberReader, nameKeeper, names, rateLimiter } from './relations.ts';

/** What an owner of functions needs for them, as `table: PRIVILEGE (column)`, and who may call which. */
const ownedFunctions: Readonly<Record<string, { grants: readonly string[]; calls: readonly string[] }>> = {
  [keyReader]: {
    grants: [
      ...['org_id', 'id', 'secret_hash', 'role', 'scopes', 'expires_at', 'last_used_at', 'revoked_at'].map(
        (column) => `identity.api_keys: SELECT (${column})`,
      ),
      'identity.api_keys: UPDATE (last_used_at)',
      'identity.api_keys: UPDATE (revoked_at)',
      'identity.organizations: SELECT (id)',
      'identity.organizations: SELECT (status)',
      'schema identity: USAGE',
    ],
    calls: [
      'identity.find_api_key: EXECUTE for tributary_api',
      'identity.end_api_keys: EXECUTE for tributary_identity',
    ],
  },
  [memberReader]: {
    grants: [
      ...['org_id', 'user_id', 'role'].map((column) => `identity.members: SELECT (${column})`),
      ...['id', 'status'].map((column) => `identity.users: SELECT (${column})`),
      'schema identity: USAGE',
    ],
    calls: [
      ...['user_orgs', 'is_org_member', 'has_org_role'].flatMap((name) =>
        ['app_read', 'tributary_identity'].map((role) => `identity.${name}: EXECUTE for ${role}`),
      ),
      'identity.own_role: EXECUTE for tributary_api',
    ],
  },
  [auditWriter]: {
    grants: [
      'audit.links: INSERT',
      'audit.heads: SELECT',
      'audit.heads: INSERT',
      'audit.heads: UPDATE (seq)',
      'audit.heads: UPDATE (hash)',
      'schema audit: USAGE',
    ],
    calls: [],
  },
  [rateLimiter]: {
    grants: [
      ...['SELECT', 'INSERT', 'UPDATE', 'DELETE'].map((privilege) => `edge.buckets: ${privilege}`),
      'schema edge: USAGE',
    ],
    calls: ['api', 'consumer', 'identity'].map((login) => `edge.take_tokens: EXECUTE for tributary_${login}`),
  },
  [nameKeeper]: {
    grants: [
      ...['SELECT', 'INSERT'].map((privilege) => `privacy.keys: ${privilege}`),
      ...['SELECT', 'INSERT', 'DELETE'].map((privilege) => `privacy.erased_names: ${privilege}`),
      'schema privacy: USAGE',
    ],
    calls: [
      'privacy.find_erased: EXECUTE for app_read',
      'privacy.find_pseudonyms: EXECUTE for app_read',
      ...['app_write', 'tributary_api'].map((role) => `privacy.bury: EXECUTE for ${role}`),
      'privacy.lift: EXECUTE for tributary_api',
    ],
  },
};

const rowsOf = (list: 'grants' | 'calls') =>
  `(values ${Object.entries(ownedFunctions).map(([owner, owned]) => `('${owner}', ${names(owned[list])})`)}) as allowed (owner, listed)`;

/** Owners of functions that see past organizations; who writes the ledger has a check of its own. */
export const ownerChecks: readonly Check[] = [
  {
    id: 'C15',
    rule: 'Who owns functions holds the grants that those need and no other, and they are called by whom they are for.',
    sql: `with grants as (
        select r.name as object, h.holder, privilege || coalesce(' (' || column_name || ')', '') as held
        from relation r join held h using (oid)
        union all
        select 'schema ' || n.nspname, g.rolname, a.privilege_type
        from pg_namespace n, aclexplode(n.nspacl) a join pg_roles g on g.oid = a.grantee
        union all
        select p.oid::regprocedure::text, g.rolname, a.privilege_type
        from pg_proc p join app_schema n on n.oid = p.pronamespace, aclexplode(p.proacl) a join pg_roles g on g.oid = a.grantee
        where a.grantee <> p.proowner
      )
      select object, held || ' granted to ' || holder || ' beyond what it needs' as problem
      from grants join ${rowsOf('grants')} on allowed.owner = holder where object || ': ' || held <> all (listed)
      union all
      select p.oid::regprocedure::text, 'acts as ' || o.rolname || ' and is granted to ' || coalesce(g.rolname, 'PUBLIC')
      from pg_proc p join app_schema n on n.oid = p.pronamespace join pg_roles o on o.oid = p.proowner
        join ${rowsOf('calls')} on allowed.owner = o.rolname,
        aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a left join pg_roles g on g.oid = a.grantee
      where a.grantee <> p.proowner
        and n.nspname || '.' || p.proname || ': ' || a.privilege_type || ' for ' || coalesce(g.rolname, 'PUBLIC') <> all (listed)`,
  },
];
