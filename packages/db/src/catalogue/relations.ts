/** Owns the functions that write the ledger, and nothing else. Nobody logs in as it. */
export const ledgerWriter = 'ledger_writer';

/** Owns the functions that look up API keys of all organizations, and end those of one. */
export const keyReader = 'key_reader';

/** Owns the functions that tell what somebody is a member of. */
export const memberReader = 'member_reader';

/** Owns the function that chains audit records. */
export const auditWriter = 'audit_writer';

/** Owns the function that takes tokens of rate limits. */
export const rateLimiter = 'rate_limiter';

/** Owns the functions that make and compare hashes of erased names. */
export const nameKeeper = 'name_keeper';

/** Roles that own functions and nothing else, with the schema those are in. Nobody logs in as one. */
export const functionOwners: Readonly<Record<string, string>> = {
  [ledgerWriter]: 'ledger',
  [keyReader]: 'identity',
  [memberReader]: 'identity',
  [auditWriter]: 'audit',
  [rateLimiter]: 'edge',
  [nameKeeper]: 'privacy',
};

/** The login for people who buy: in no group, and so of no organization. */
export const consumerLogin = 'tributary_consumer';

/** The login that knows who people are: persons and their secrets are closed to all others. */
export const identityLogin = 'tributary_identity';

/** Roles of the application: two groups that carry the tenants' grants, one login per class of function, and owners of functions. */
export const applicationRoles = [
  'app_read',
  'app_write',
  'tributary_api',
  'tributary_worker',
  'tributary_system',
  consumerLogin,
  identityLogin,
  ...Object.keys(functionOwners),
];

/** Those of them that row-level security binds to one organization. */
export const tenantRoles = ['app_read', 'app_write', 'tributary_api', 'tributary_worker'];

/** The only memberships there may be, `login < group`. */
export const memberships = ['tributary_api < app_read', 'tributary_worker < app_read', 'tributary_worker < app_write'];

/** Tables whose rows are never changed. Others become so by carrying the trigger. */
export const appendOnlyTables = [
  'ledger.entries',
  'ledger.records',
  'ledger.postings',
  'ledger.lot_uses',
  'ledger.folds',
  'loyalty.reward_events',
  'loyalty.adjustments',
  'loyalty.tier_settings',
  'loyalty.tier_changes',
  'audit.records',
  'audit.links',
  'affiliate.stat_changes',
  'affiliate.alerted_changes',
  'affiliate.deal_versions',
  'affiliate.sub_affiliate_terms',
];

/** What tenants ask of the ledger, by function name. Its writer's other functions are called by these alone. */
export const ledgerVerbs = ['post', 'lock_accounts', 'hold', 'resolve_holds', 'reverse', 'fold'];

/** What whoever opens an account says of it. The rest, its balance above all, only the functions write. */
export const accountTerms = [
  'org_id',
  'code',
  'unit',
  'kind',
  'mode',
  'floor',
  'ceiling',
  'keeps_lots',
  'clears_within',
];

/** Indexes on tenant tables that serve work across organizations and so cannot lead with one. */
export const maintenanceIndexes: Readonly<Record<string, string>> = {
  'inbox.events_of_delivery': 'inbox.accept finds the events of a delivery before it knows their organizations',
  'inbox.events_pending': 'the sweep for events left behind by a crash looks at all organizations, oldest first',
  'privacy.erasures_open': 'the schedule goes on with erasures of all organizations',
  'sync.connections_due': 'the schedule claims what is due, of all organizations, longest due first',
  'sync.credentials_due': 'the schedule finds tokens to renew and to end, of all organizations',
  'identity.members_user': 'somebody who signs in is a member of organizations nobody knows yet',
  'identity.invitations_email': 'who is invited finds the invitations of all organizations',
  'identity.invitations_inviter': 'who is erased has sent invitations of all organizations',
  'identity.invitations_expired': 'the sweep for invitations that ended long ago looks at all organizations',
  'identity.api_keys_secret': 'an API key is looked up before it is known whose it is',
  'ledger.holds_expiring': 'the sweep for holds whose time has passed looks at all organizations',
  'loyalty.customer_identities_contact': 'a consumer has wallets at all organizations that know the contact',
};

/**
 * Indexes on tenant tables by the id of a posting alone. The id is a hash of organization and key, so it finds no row of another
 * organization, and 16 bytes in each entry are saved. Excused only as long as that is all they hold.
 */
export const postingIndexes = ['ledger.entries_posting', 'ledger.records_posting'];

/** Keys unique across organizations on purpose. Excused only as long as no tenant can write them, and so cannot probe with them. */
export const globalKeys: Readonly<Record<string, string>> = {
  'sync.routes_pkey': 'one account at a provider feeds one organization',
  'ledger.postings_pkey': 'a hash of organization and key, which makes a posting happen once',
  'ledger.entries_pkey': 'an account belongs to one organization, and 16 bytes in each entry are saved',
  'ledger.records_pkey': 'a uuid of its own, and 16 bytes in each record are saved',
};

/** A list of names as an SQL array; every name is a constant of this folder. */
export const names = (list: readonly string[]) => `array[${list.map((name) => `'${name}'`).join(', ')}]::text[]`;

/**
 * What the checks ask about, as common table expressions before each of them:
 * `app_schema`: every schema but PostgreSQL's own and the migrations' record;
 * `relation`: what they hold, with `root` the partitioned table a partition belongs to;
 * `held`: every privilege somebody other than the owner holds on one, by table or by `column_name`;
 * `tenant_table`: tables a tenant-bound role can reach and that say whose a row is, with that column's number.
 */
export const relations = `with app_schema as (
  select oid, nspname from pg_namespace where nspname not in ('pg_catalog', 'information_schema', 'migrations')
    and nspname !~ '^pg_(toast|temp)'
), relation as (
  select c.*, n.nspname || '.' || c.relname as name, coalesce(pg_partition_root(c.oid), c.oid)::oid as root
  from pg_class c join app_schema n on n.oid = c.relnamespace
), acl as (
  select r.oid, r.relowner, null::name as column_name, a.* from relation r, aclexplode(r.relacl) a
  union all
  select r.oid, r.relowner, t.attname, a.* from relation r join pg_attribute t on t.attrelid = r.oid, aclexplode(t.attacl) a
), held as (
  select a.oid, a.column_name, a.privilege_type as privilege, a.is_grantable, a.grantee,
    coalesce(g.rolname, 'PUBLIC') as holder
  from acl a left join pg_roles g on g.oid = a.grantee where a.grantee <> a.relowner
), owned_by as (
  select r.oid, a.attnum from relation r join pg_attribute a on a.attrelid = r.oid and not a.attisdropped
    and a.attname = case r.name when 'identity.organizations' then 'id' else 'org_id' end
  where r.relkind in ('r', 'p')
), tenant_table as (
  select o.oid, o.attnum, r.name from owned_by o join relation r on r.oid = o.oid
  where exists (select from held h where h.oid = r.root and h.holder = any (${names([...tenantRoles, 'PUBLIC'])}))
)`;
