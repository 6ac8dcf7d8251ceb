import type { Check } from './checks.ts';
import { globalKeys, maintenanceIndexes, names, postingIndexes, tenantRoles } from './relations.ts';

/** Whether the organization is among the key columns of index i, not merely included. */
const holdsOrganization = '(t.attnum = any ((i.indkey::int2[])[0:i.indnkeyatts - 1]))';

/** How keys, references and indexes are built, so that none of them tells one organization about another. */
export const shapeChecks: readonly Check[] = [
  {
    id: 'C5',
    rule: 'Foreign keys carry the organization on both sides; none a tenant can write leads to a table it cannot read.',
    sql: `with reference as (
        select c.oid, c.conname, c.conrelid, c.confrelid, f.name as object, t.name as target, t.root as target_root,
          c.conkey, c.confkey
        from pg_constraint c join relation f on f.oid = c.conrelid join relation t on t.oid = c.confrelid
        where c.contype = 'f' and c.conparentid = 0
      )
      select r.object, 'foreign key ' || conname || ' does not carry the organization to ' || target as problem
      from reference r join owned_by o on o.oid = r.confrelid
      where not exists (select from unnest(conkey, confkey) as pair (here, there)
        join pg_attribute h on h.attrelid = r.conrelid and h.attnum = here and h.attname in ('org_id', 'active_org_id') where there = o.attnum)
      union all
      select r.object, 'foreign key ' || conname || ' lets ' || w.holder || ' probe ' || target
      from reference r join held w on w.oid = r.conrelid and w.privilege in ('INSERT', 'UPDATE')
        and w.holder = any (${names([...tenantRoles, 'PUBLIC'])})
      where r.confrelid not in (select oid from owned_by)
        and r.target_root not in (select oid from held where privilege = 'SELECT' and holder = any (${names([...tenantRoles, 'PUBLIC'])}))
        and (w.column_name is null or exists (select from pg_attribute a
          where a.attrelid = r.conrelid and a.attname = w.column_name and a.attnum = any (r.conkey)))
      union all
      select r.name, 'org_id may be null' from owned_by o join relation r using (oid)
        join pg_attribute a on a.attrelid = o.oid and a.attnum = o.attnum where not a.attnotnull`,
  },
  {
    id: 'C6',
    rule: 'A unique index on a tenant table contains the organization, is a lone uuid nobody can guess, or is excused and never written by tenants.',
    sql: `select t.name as object, i.indexrelid::regclass || ' is unique across organizations' as problem
      from tenant_table t join pg_index i on i.indrelid = t.oid
      where (i.indisunique or i.indisexclusion) and not ${holdsOrganization}
        and not case when i.indexrelid::regclass::text = any (${names(Object.keys(globalKeys))}) then not exists (
            select from held h left join pg_attribute a on a.attrelid = h.oid and a.attname = h.column_name
            where h.oid = t.oid and h.holder = any (${names([...tenantRoles, 'PUBLIC'])}) and (h.privilege = 'INSERT'
              or h.privilege = 'UPDATE' and (h.column_name is null or a.attnum = any (i.indkey))))
          else i.indnkeyatts = 1 and exists (
            select from pg_attribute a join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
            where a.attrelid = t.oid and a.attnum = i.indkey[0] and a.atttypid = 'uuid'::regtype
              and pg_get_expr(d.adbin, d.adrelid) = 'uuidv7()') end`,
  },
  {
    id: 'C10',
    rule: 'Ids are UUIDv7: nothing counts across organizations, because a counter shows how much others do.',
    sql: `select name as object, 'a sequence' as problem from relation where relkind = 'S'
      union all
      select r.name, a.attname || ' is numbered by a sequence'
      from relation r join pg_attribute a on a.attrelid = r.oid and not a.attisdropped
        left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where r.relkind in ('r', 'p') and (a.attidentity <> '' or pg_get_expr(d.adbin, d.adrelid) ~ 'nextval\\(')
      union all
      select r.name, 'id is not a uuid by uuidv7()'
      from relation r join pg_attribute a on a.attrelid = r.oid and a.attname = 'id'
        left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
      where r.relkind in ('r', 'p') and a.attidentity = '' and coalesce(pg_get_expr(d.adbin, d.adrelid), '') !~ 'nextval\\('
        and (a.atttypid <> 'uuid'::regtype or pg_get_expr(d.adbin, d.adrelid) <> 'uuidv7()')`,
  },
  {
    id: 'C12',
    rule: 'An index on a tenant table leads with the organization, but lone uuids, those of postings and those that serve work across organizations.',
    sql: `select t.name as object, i.indexrelid::regclass || ' does not lead with the organization' as problem
      from tenant_table t join pg_index i on i.indrelid = t.oid
      where i.indkey[0] <> t.attnum and (not (i.indisunique or i.indisexclusion) or ${holdsOrganization})
        and i.indexrelid::regclass::text <> all (${names(Object.keys(maintenanceIndexes))})
        and not (i.indexrelid::regclass::text = any (${names(postingIndexes)}) and i.indnkeyatts = 1
          and exists (select from pg_attribute a where a.attrelid = t.oid and a.attnum = i.indkey[0] and a.attname = 'posting_id'))`,
  },
];
