-- Each day that is over is compared by schedule; and who connects an account is recorded in the transaction that connects it.

alter table sync.connections add day_claimed_at timestamptz;
comment on column sync.connections.day_claimed_at is
  'When somebody was last told to compare its last day with the provider. Long ago and not compared: to be told again.';

-- Which days are compared: what was found stays with the organization.
create policy system on sync.reconciliations to tributary_system using (true) with check (true);
grant select (org_id, connection_id, day, checked_at) on sync.reconciliations to tributary_system;

-- Connecting is work across organizations, since an account may be another's. It adds to their records and reads none.
create policy system on audit.records to tributary_system using (true) with check (true);
grant usage on schema audit to tributary_system;
grant insert on audit.records to tributary_system;
