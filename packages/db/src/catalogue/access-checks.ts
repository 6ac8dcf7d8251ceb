import type { Check } from './checks.ts';
import { openToConsumers } from './consumer-checks.ts';
import {
  appendOnlyTables,
  applicationRoles,
  auditWriter,
  consumerLogin,
  functionOwners,
  identityLogin,
  keyReader,
  ledgerWriter,
  memberReader,
  memberships,
  nameKeeper,
  names,
  rateLimiter,
  tenantRoles,
} from './relations.ts';

const own = (column: string) =>
  `(${column} = ( SELECT (NULLIF(current_setting(''app.org_id''::text, true), ''''::text))::uuid AS "nullif"))`;

/** The same for functions that find every row by an index: no sub-plan to set up per statement. */
const ownDirect = `(org_id = (NULLIF(current_setting(''app.org_id''::text, true), ''''::text))::uuid)`;

/** Of the person who is set. */
const ownOfPerson = (column: string) =>
  `(${column} = ( SELECT (NULLIF(current_setting(''app.user_id''::text, true), ''''::text))::uuid AS "nullif"))`;

const ownOfConsumers = Object.entries(openToConsumers).map(
  ([table, { own }]) => `('consumer', ${names([consumerLogin])}, '${own.replaceAll("'", "''")}', '^${table}$', 'r')`,
);

/** The policies there are, as PostgreSQL prints them: name, roles, condition, the tables they may stand on (a pattern), and their command. */
const allowedPolicies = `(values
  ('tenant', ${names(['app_read', 'app_write'])}, '${own('org_id')}', '', '*'),
  ('tenant', ${names(['app_read', 'app_write'])}, '${own('id')}', '^identity\\.organizations$', '*'),
  ('ledger', ${names([ledgerWriter])}, '${ownDirect}', '^ledger\\.', '*'),
  ('audit', ${names([auditWriter])}, '${ownDirect}', '^audit\\.(links|heads)$', '*'),
  ('system', ${names(['tributary_system'])}, 'true', '', '*'),
  ('reference', ${names(['app_read'])}, 'true', '^ref\\.', 'r'),
  ('buckets', ${names([rateLimiter])}, 'true', '^edge\\.buckets$', '*'),
  ('identity', ${names([identityLogin])}, 'true', '^identity\\.(organizations|users|accounts|verifications|two_factors|jwks|members|sessions|invitations|status_changes)$', '*'),
  ('identity', ${names([identityLogin])}, '${own('org_id')}', '^audit\\.records$', '*'),
  ('keys', ${names([keyReader])}, 'true', '^identity\\.api_keys$', '*'),
  ('keys', ${names([keyReader])}, 'true', '^identity\\.organizations$', 'r'),
  ('names', ${names([nameKeeper])}, '${ownDirect}', '^privacy\\.(keys|erased_names)$', '*'),
  ('self', ${names([memberReader])}, '${ownOfPerson('user_id')}', '^identity\\.members$', 'r'),
  ('self', ${names([memberReader])}, '${ownOfPerson('id')}', '^identity\\.users$', 'r'),
  ${ownOfConsumers}) as allowed (name, roles, condition, tables, command)`;

const owners = names(Object.keys(functionOwners));
const ownerOfSchema = Object.entries(functionOwners).map(([owner, schema]) => `('${owner}', '${schema}')`);

/** The role that made the schemas. It becomes an owner of functions to make them, and never has its rights without asking. */
const schemaOwner = `(select nspowner from pg_namespace where nspname = 'ledger')`;

/** tgtype bits: before each row on update and delete; before each truncate statement. Enabled, unconditional, on all columns. */
const refusing = (bits: number) => `exists (
  select from pg_trigger t where t.tgrelid = r.oid and t.tgfoid = to_regprocedure('audit.refuse_change()')
    and t.tgtype & 59 = ${bits} and t.tgenabled in ('O', 'A') and t.tgqual is null and t.tgattr::text = '')`;

/** Who sees and changes which rows. */
export const accessChecks: readonly Check[] = [
  {
    id: 'C1',
    rule: 'Every table has row-level security enabled and forced; partitions and foreign tables do or nobody is granted anything on them.',
    sql: `select name as object, 'row-level security is not ' || case when relrowsecurity then 'forced' else 'enabled' end as problem
      from relation r where relkind in ('r', 'p', 'f') and not (relrowsecurity and relforcerowsecurity)
        and (not relispartition and relkind <> 'f' or exists (select from held h where h.oid = r.oid))`,
  },
  {
    id: 'C2',
    rule: 'Every table has a policy, and every policy that lets write states WITH CHECK.',
    sql: `select name as object, 'no policy' as problem from relation r where relkind in ('r', 'p') and not relispartition
        and not exists (select from pg_policy p where p.polrelid = r.oid)
      union all
      select r.name, 'policy ' || p.polname || ' has no WITH CHECK' from relation r join pg_policy p on p.polrelid = r.oid
      where p.polcmd in ('*', 'a', 'w') and p.polwithcheck is null`,
  },
  {
    id: 'C3',
    rule: 'Views run with the rights of who asks, materialised views are granted to nobody, and no rule rewrites a table.',
    sql: `select name as object, 'view is not security_invoker' as problem from relation r where relkind = 'v'
        and not exists (select from pg_options_to_table(r.reloptions) 
          where option_name = 'security_invoker' and option_value::boolean)
      union all
      select r.name, 'materialised view granted to ' || h.holder from relation r join held h on h.oid = r.oid
        where r.relkind = 'm'
      union all
      select r.name, 'rule ' || w.rulename from relation r join pg_rewrite w on w.ev_class = r.oid
        where w.rulename <> '_RETURN'`,
  },
  {
    id: 'C4',
    rule: 'No function is executable by PUBLIC; security definers pin search_path and belong to a role that row-level security binds.',
    sql: `with fn as (
        select p.*, p.oid::regprocedure::text as name, o.rolname as owner, o.rolsuper or o.rolbypassrls as unbound
        from pg_proc p join app_schema n on n.oid = p.pronamespace join pg_roles o on o.oid = p.proowner
      )
      select name as object, 'executable by PUBLIC' as problem
        from fn, aclexplode(coalesce(proacl, acldefault('f', proowner))) a where a.grantee = 0
      union all
      select name, 'security definer without search_path' from fn
      where prosecdef and not exists (select from unnest(proconfig) setting where setting like 'search_path=%')
      union all
      select name, 'security definer of ' || owner || ', who bypasses row-level security' from fn
      where prosecdef and unbound`,
  },
  {
    id: 'C7',
    rule: 'Roles of the application have no power beyond their grants: no attribute, membership, object or setting.',
    sql: `with app_role as (select * from pg_roles where rolname = any (${names(applicationRoles)}))
      select rolname as object, power as problem from app_role, unnest(
        array['superuser', 'bypasses row-level security', 'creates roles', 'creates databases', 'replicates', 'logs in'],
        array[rolsuper, rolbypassrls, rolcreaterole, rolcreatedb, rolreplication, 
          rolcanlogin and rolname !~ '^tributary_']) p (power, has) where has
      union all
      select m.rolname, 'member of ' || g.rolname from pg_auth_members a join pg_roles m on m.oid = a.member
        join pg_roles g on g.oid = a.roleid
      where (m.rolname = any (${names(applicationRoles)})
          or g.rolname = any (${names(applicationRoles)}) and (a.inherit_option or a.set_option)
          or g.rolname = any (${owners}) and m.oid <> ${schemaOwner})
        and (m.rolname || ' < ' || g.rolname <> all (${names(memberships)}) or a.admin_option)
        and not (g.rolname = any (${owners}) and m.oid = ${schemaOwner} and not a.inherit_option and not a.admin_option)
      union all
      select r.rolname, 'owns ' || pg_describe_object(d.classid, d.objid, d.objsubid) from app_role r
        join pg_shdepend d on d.refclassid = 'pg_authid'::regclass and d.refobjid = r.oid and d.deptype = 'o'
      where d.dbid in (0, (select oid from pg_database where datname = current_database()))
        and not (d.classid = 'pg_proc'::regclass and exists (
          select from pg_proc p join (values ${ownerOfSchema}) as allowed (owner, schema_name) on p.pronamespace = to_regnamespace(schema_name)
          where p.oid = d.objid and allowed.owner = r.rolname))
      union all
      select r.rolname, 'may create in schema ' || n.nspname from app_role r, pg_namespace n
        where has_schema_privilege(r.oid, n.oid, 'create')
      union all
      select r.rolname, 'may create ' || things
        from app_role r, (values ('TEMPORARY', 'temporary tables'), ('CREATE', 'schemas')) p (privilege, things)
      where has_database_privilege(r.oid, current_database(), privilege)
      union all
      select coalesce(r.rolname, 'every role'), 'starts with ' || split_part(setting, '=', 1)
      from pg_db_role_setting s left join pg_roles r on r.oid = s.setrole, unnest(s.setconfig) setting
      where setting ~ '^(app\\.(org_id|user_id|consumer_email|consumer_mobile)|row_security|session_replication_role|role|search_path)='
        and s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
        and (s.setrole = 0 or r.rolname = any (${names(applicationRoles)}))
      union all
      select coalesce(g.rolname, 'PUBLIC'), 'may set ' || p.parname from pg_parameter_acl p, aclexplode(p.paracl) a
        left join pg_roles g on g.oid = a.grantee
      where a.grantee = 0 or g.rolname = any (${names(applicationRoles)})`,
  },
  {
    id: 'C8',
    rule: 'Grants go to the roles of the application alone, never TRUNCATE, REFERENCES, TRIGGER or MAINTAIN; history is inserted and read only.',
    sql: `with known as (select unnest(${names(applicationRoles)}) as holder),
      append_only as (
        select r.* from relation r join relation root on root.oid = r.root where r.relkind in ('r', 'p')
          and (root.name = any (${names(appendOnlyTables)})
            or exists (select from pg_trigger t
              where t.tgrelid = root.oid and t.tgname in ('append_only', 'append_only_truncate')))
      ), other as (
        select 'schema ' || n.nspname as name, a.* from pg_namespace n, aclexplode(n.nspacl) a
        where a.grantee <> n.nspowner
          and (n.nspname = 'migrations' or n.oid in (select oid from app_schema where nspname <> 'public'))
        union all
        select 'function ' || p.oid::regprocedure, a.* from pg_proc p, aclexplode(p.proacl) a
        where a.grantee <> p.proowner and a.grantee <> 0 and p.pronamespace in (select oid from app_schema)
        union all
        select 'migrations.' || c.relname, a.* from pg_class c, aclexplode(c.relacl) a
        where a.grantee <> c.relowner and c.relnamespace = to_regnamespace('migrations')
        union all
        select 'default privileges of ' || d.defaclrole::regrole, a.* from pg_default_acl d, aclexplode(d.defaclacl) a
          where a.grantee <> d.defaclrole
      )
      select name as object, privilege || ' granted to ' || holder as problem from relation r join held h using (oid)
      where relkind <> 'm' and (privilege in ('TRUNCATE', 'REFERENCES', 'TRIGGER', 'MAINTAIN')
        or h.holder not in (select holder from known))
      union all
      select name, privilege || ' granted to ' || holder || ' with grant option' from relation r
        join held h using (oid) where is_grantable
      union all
      select name, privilege || coalesce(' (' || column_name || ')', '') || ' granted to ' || holder || ' on an append-only table'
      from append_only r join held h using (oid) where privilege in ('UPDATE', 'DELETE')
      union all
      select name, 'no trigger refuses ' || refused from append_only r,
        lateral (values ('UPDATE and DELETE', ${refusing(27)}), ('TRUNCATE', ${refusing(34)})) t (refused, refuses)
          where not refuses
      union all
      select o.name, privilege_type || ' granted to ' || coalesce(g.rolname, 'PUBLIC') from other o
        left join pg_roles g on g.oid = o.grantee
      where o.name ~ '^(schema )?migrations' or o.name ~ '^default privileges' or o.is_grantable
        or coalesce(g.rolname, 'PUBLIC') not in (select holder from known)`,
  },
  {
    id: 'C9',
    rule: 'Policies are "tenant" and, for the writers of the ledger and of the audit chain, "ledger" and "audit" (the row belongs to the organization that is set), "consumer" (to the contacts that are set), "keys" (for who looks up API keys), "self" (for who tells what the person that is set is a member of), "buckets" (for who counts requests), "identity" (for who knows people), "reference" (to read what is the same for all, in schema ref), and "system"; tables no tenant can reach have no "tenant".',
    sql: `with policy as (
        select r.oid, r.name as object, r.root, p.polname, p.polpermissive as plain, p.polcmd::text as command,
          array(select coalesce(g.rolname, 'PUBLIC')::text from unnest(p.polroles) x
            left join pg_roles g on g.oid = x order by 1) as roles,
          regexp_replace(pg_get_expr(p.polqual, p.polrelid), '\\s+', ' ', 'g') as seen, pg_get_expr(p.polwithcheck, p.polrelid) as written
        from relation r join pg_policy p on p.polrelid = r.oid
      )
      select object, 'policy ' || polname || ' is not an allowed one' as problem from policy where not (plain and exists (
        select from ${allowedPolicies} where allowed.name = polname and allowed.roles = policy.roles
          and allowed.condition = seen and coalesce(written, seen) = seen and allowed.command = policy.command
          and object ~ allowed.tables))
      union all
      select object, 'policy ' || polname || ' for tenants, who are granted nothing' from policy
      where roles && ${names([...tenantRoles, 'PUBLIC'])} and polname <> 'reference'
        and not exists (select from tenant_table t where t.oid = policy.oid)`,
  },
];
