import type { Check } from './checks.ts';
import { accountTerms, ledgerVerbs, ledgerWriter, names } from './relations.ts';

/** Who may ask the ledger's functions to write. */
const askers = ['app_write', 'tributary_api'];

/** Who writes the ledger. Holds from the migration that let its writer into the schema; before it there was none. */
export const ledgerChecks: readonly Check[] = [
  {
    id: 'C13',
    rule: 'Only functions of its writer write the ledger, tenants call no other of them, and the writer is granted nothing beyond it.',
    sql: `with writer as (
        select w.oid from pg_roles w join pg_namespace n on n.nspname = 'ledger', aclexplode(n.nspacl) a
        where w.rolname = '${ledgerWriter}' and a.grantee = w.oid and a.privilege_type = 'USAGE'
      ), grants as (
        select r.name, r.relnamespace = to_regnamespace('ledger') as of_ledger, h.holder, h.column_name, h.privilege
        from relation r join held h using (oid)
      ), fn as (
        select p.oid, p.proname, p.prosecdef, p.proowner = any (select oid from writer) as of_writer,
          p.pronamespace = to_regnamespace('ledger') as of_ledger, a.privilege_type as privilege,
          coalesce(g.rolname, 'PUBLIC') as holder
        from pg_proc p join app_schema n on n.oid = p.pronamespace, aclexplode(p.proacl) a
          left join pg_roles g on g.oid = a.grantee
        where a.grantee <> p.proowner
      )
      select found.* from writer, lateral (
        select name as object, privilege || coalesce(' (' || column_name || ')', '') || ' of the ledger granted to ' || holder as problem
        from grants where of_ledger and holder <> '${ledgerWriter}' and privilege in ('INSERT', 'UPDATE', 'DELETE')
          and not (name = 'ledger.accounts' and privilege = 'INSERT' and coalesce(column_name = any (${names(accountTerms)}), false))
        union all
        select name, privilege || ' granted to ${ledgerWriter} beyond what it writes' from grants
        where holder = '${ledgerWriter}' and (not of_ledger or privilege not in ('SELECT', 'INSERT', 'UPDATE')
          or privilege = 'UPDATE' and column_name is null)
        union all
        select 'schema ' || n.nspname, a.privilege_type || ' granted to ${ledgerWriter} beyond what it writes'
        from pg_namespace n, aclexplode(n.nspacl) a
        where a.grantee = writer.oid and n.nspname <> 'ledger'
        union all
        select oid::regprocedure::text, privilege || ' granted to ${ledgerWriter} beyond what it writes' from fn
        where holder = '${ledgerWriter}' and not of_ledger
        union all
        select oid::regprocedure::text, 'security definer of the ledger and not of ${ledgerWriter}, granted to ' || holder from fn
        where of_ledger and prosecdef and not of_writer
        union all
        select oid::regprocedure::text, 'acts as ${ledgerWriter} and is granted to ' || holder from fn
        where of_writer and (proname <> all (${names(ledgerVerbs)}) or holder <> all (${names(askers)}))
      ) found`,
  },
];
