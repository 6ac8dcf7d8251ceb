-- Who may connect, and the two helpers every later migration isolates its tables with.
--
-- app_read, app_write: what a tenant-bound login may do. tributary_api, tributary_worker: such logins, bound by row-level
-- security. tributary_system: routes and maintains across organizations through its own policies on few tables.
-- Roles belong to the cluster, so a second database finds them there. Passwords are set by the deployment, never here.
do $$
declare
  wanted text;
begin
  foreach wanted in array array['app_read', 'app_write'] loop
    if not exists (select from pg_roles where rolname = wanted) then
      execute format('create role %I nologin', wanted);
    end if;
  end loop;
  foreach wanted in array array['tributary_api', 'tributary_worker', 'tributary_system'] loop
    if not exists (select from pg_roles where rolname = wanted) then
      execute format('create role %I login', wanted);
    end if;
  end loop;
  -- Nobody but the owner creates anything, temporary tables included.
  execute format('revoke all on database %I from public', current_database());
  execute format('grant connect on database %I to tributary_api, tributary_worker, tributary_system', current_database());
end $$;

-- A request or batch that hangs gives its locks back.
alter role tributary_api set statement_timeout = '10s';
alter role tributary_worker set statement_timeout = '50s';
alter role tributary_system set statement_timeout = '50s';
alter role tributary_api set idle_in_transaction_session_timeout = '15s';
alter role tributary_worker set idle_in_transaction_session_timeout = '15s';
alter role tributary_system set idle_in_transaction_session_timeout = '15s';

grant app_read to tributary_api, tributary_worker;
grant app_write to tributary_worker;

alter default privileges revoke execute on functions from public;

create schema identity;
create schema audit;
create schema sync;
create schema inbox;
create schema ledger;
create schema loyalty;
grant usage on schema identity, sync, inbox, ledger, loyalty to app_read, app_write;
grant usage on schema identity, sync, inbox to tributary_system;

create function identity.current_org_id() returns uuid
  language sql stable parallel safe
  return nullif(current_setting('app.org_id', true), '')::uuid;
grant execute on function identity.current_org_id() to app_read;
comment on function identity.current_org_id() is
  'For people and checks at the door. Policies inline the expression: a per-row call costs a hundredfold.';

-- Row-level security the way every tenant table has it: enabled, forced, one policy, one expression. After a commit the setting
-- is '' and not null, hence nullif; the sub-select makes it an InitPlan, evaluated once.
create procedure identity.isolate(target regclass, org_column name default 'org_id')
  language plpgsql as $$
declare
  own text := format('%I = (select nullif(current_setting(''app.org_id'', true), '''')::uuid)', org_column);
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format('create policy tenant on %s to app_read, app_write using (%s) with check (%s)', target, own, own);
end $$;

-- For tables that route or maintain across organizations: only tributary_system has a policy, so nobody else sees a row.
create procedure identity.reserve_for_system(target regclass)
  language plpgsql as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format('create policy system on %s to tributary_system using (true) with check (true)', target);
end $$;

create function audit.refuse_change() returns trigger
  language plpgsql as $$
begin
  raise exception '% is append-only: correct it with a new row', tg_table_name using errcode = '42501';
end $$;

-- Grants keep the application from changing history; these triggers keep the owner from it too.
create procedure audit.make_append_only(target regclass)
  language plpgsql as $$
begin
  execute format('create trigger append_only before update or delete on %s for each row execute function audit.refuse_change()', target);
  execute format('create trigger append_only_truncate before truncate on %s for each statement execute function audit.refuse_change()', target);
end $$;
