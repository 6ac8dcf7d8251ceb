import type { Check } from './checks.ts';
import { auditWriter } from './relations.ts';

/** tgtype bits: after each row on insert. Enabled, on every row, deferred to the commit. */
const chains = `exists (select from pg_trigger t
  where t.tgrelid = to_regclass('audit.records') and t.tgfoid = to_regprocedure('audit.chain_record()') and t.tgtype = 5
    and t.tgenabled in ('O', 'A') and t.tgqual is null and t.tgdeferrable and t.tginitdeferred)`;

/** What makes the audit a chain. Holds from the migration that made it one. */
export const auditChecks: readonly Check[] = [
  {
    id: 'C16',
    rule: 'Every audit record is chained at commit, and only the function that chains writes links and heads.',
    sql: `select r.name as object, privilege || coalesce(' (' || column_name || ')', '') || ' of the chain granted to ' || holder as problem
      from relation r join held h using (oid)
      where r.name in ('audit.links', 'audit.heads') and privilege in ('INSERT', 'UPDATE', 'DELETE') and holder <> '${auditWriter}'
      union all
      select 'audit.records', 'is not chained' where to_regclass('audit.links') is not null and not ${chains}
      union all
      select p.oid::regprocedure::text, 'chains and belongs to ' || o.rolname from pg_proc p join pg_roles o on o.oid = p.proowner
      where p.oid in (to_regprocedure('audit.chain_record()'), to_regprocedure('audit.append_link(audit.records)'),
        to_regprocedure('audit.chain_hash(bytea,bigint,audit.records)')) and o.rolname <> '${auditWriter}'`,
  },
];
