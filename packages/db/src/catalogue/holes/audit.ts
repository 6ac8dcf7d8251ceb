import { type Holes, superuser } from './hole.ts';

/** Ways to record what is not chained, or to chain what was not recorded. */
export const auditHoles: Holes = {
  C16: [
    [
      'a link that whoever records may write',
      'grant insert on audit.links to tributary_api',
      'audit.links: INSERT of the chain granted to tributary_api',
    ],
    [
      'a head that a worker may move',
      'grant update (seq) on audit.heads to app_write',
      'audit.heads: UPDATE (seq) of the chain granted to app_write',
    ],
    [
      'records that are not chained',
      'alter table audit.records disable trigger chained',
      'audit.records: is not chained',
    ],
    ['records without the trigger', 'drop trigger chained on audit.records', 'audit.records: is not chained'],
    [
      'a chain that is locked before the commit',
      superuser(
        'drop trigger chained on audit.records; create trigger chained after insert on audit.records for each row execute function audit.chain_record()',
      ),
      'audit.records: is not chained',
    ],
    [
      'a function that chains as the owner of the schemas',
      'grant audit_writer to tributary_owner with inherit true; alter function audit.append_link owner to tributary_owner; grant audit_writer to tributary_owner with inherit false',
      'audit.append_link(audit.records): chains and belongs to tributary_owner',
    ],
    [
      'a writer of the chain who sees every organization',
      'drop policy audit on audit.heads; create policy audit on audit.heads to audit_writer using (true) with check (true)',
      'C9 audit.heads: policy audit is not an allowed one',
    ],
    [
      'a table more for the writer of the chain',
      'grant select on audit.records to audit_writer',
      'C15 audit.records: SELECT granted to audit_writer beyond what it needs',
    ],
    [
      'a step of chaining that may be taken alone',
      'set role audit_writer; grant execute on function audit.append_link to tributary_api; set role tributary_owner',
      'C15 audit.append_link(audit.records): acts as audit_writer and is granted to tributary_api',
    ],
  ],
};
