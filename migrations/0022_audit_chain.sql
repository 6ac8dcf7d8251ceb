-- Whoever changes, removes or adds an audit record past the application leaves a trace: the records of an organization are a chain
-- (packages/docs/audit.md). And a record says from where somebody acted.
--
-- Only the function that chains writes links and heads. It belongs to a role of its own that row-level security binds, so whoever may
-- insert a record can forge neither.
do $$ begin
  if not exists (select from pg_roles where rolname = 'audit_writer') then
    create role audit_writer nologin;
  end if;
end $$;
grant audit_writer to current_user with inherit false, set true;
grant usage on schema audit to audit_writer;

alter table audit.records
  add ip text check (length(ip) between 1 and 64),
  add user_agent text check (length(user_agent) <= 255);
comment on column audit.records.ip is 'pii: of who acted. Part of what is chained, so it stays as long as the record.';
comment on column audit.records.user_agent is 'pii: of who acted, as ip is.';
-- The primary key read backwards finds the newest as well, and one more index is to come (links_record).
drop index audit.records_recent;

create table audit.links (
  org_id uuid not null,
  seq bigint not null check (seq > 0),
  record_id uuid not null,
  formula int not null,
  hash bytea not null check (length(hash) = 32),
  primary key (org_id, seq),
  constraint links_record unique (org_id, record_id)
);
comment on column audit.links.seq is 'From 1 without a gap, in the order of commits: drawn while the head is locked.';
comment on column audit.links.formula is 'How the hash is made; 1: audit.chain_hash.';
comment on column audit.links.hash is 'Over the record, its number and the hash before: nothing of it changes but all that follow would have to.';

-- Where each chain ends: a tail that was cut off is missed.
create table audit.heads (
  org_id uuid primary key,
  seq bigint not null check (seq > 0),
  hash bytea not null check (length(hash) = 32)
) with (fillfactor = 50);
comment on column audit.heads.seq is 'Of the last link.';

-- Formula 1: SHA-256 over a JSON array of strings and nulls in UTF-8, elements apart by a comma and a space, as PostgreSQL prints it.
-- jsonb goes in as the text PostgreSQL prints for it. Never changed: another formula is another function and another number.
create function audit.chain_hash(previous bytea, seq bigint, entry audit.records) returns bytea
  language sql stable
  return sha256(convert_to(json_build_array(
    '1', encode(previous, 'hex'), seq::text, (entry).org_id::text, (entry).id::text, (entry).actor, (entry).action,
    (entry).target_type, (entry).target_id::text, (entry).reason, (entry).before::text, (entry).after::text, (entry).ip,
    (entry).user_agent, to_char((entry).created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'))::text, 'UTF8'));

-- The next link. It locks the head until the transaction ends; before the first link are 32 zero bytes.
create function audit.append_link(entry audit.records) returns void
  language plpgsql set search_path = '' as $$
declare
  head audit.heads;
begin
  insert into audit.heads as h (org_id, seq, hash)
    values (entry.org_id, 1, audit.chain_hash(decode(repeat('00', 32), 'hex'), 1, entry))
    on conflict (org_id) do update set seq = h.seq + 1, hash = audit.chain_hash(h.hash, h.seq + 1, entry)
    returning * into head;
  insert into audit.links (org_id, seq, record_id, formula, hash) values (entry.org_id, head.seq, entry.id, 1, head.hash);
end $$;

-- Runs at commit, for each record in the order they were inserted: the head is the last lock of a transaction, so nobody waits for it
-- who holds what another needs, and it is held for as long as a commit takes.
create function audit.chain_record() returns trigger
  language plpgsql security definer set search_path = '' as $$
declare
  bound text := current_setting('app.org_id', true);
begin
  -- The writer is bound to one organization as well; who inserts for several (tributary_system) has set none.
  perform set_config('app.org_id', new.org_id::text, true);
  perform audit.append_link(new);
  perform set_config('app.org_id', coalesce(bound, ''), true);
  return null;
end $$;

-- What was recorded before, in the order of ids, which is that of time.
alter table audit.records no force row level security;
do $$
declare
  entry audit.records;
begin
  for entry in select * from audit.records order by org_id, id loop
    perform audit.append_link(entry);
  end loop;
end $$;
alter table audit.records force row level security;

create constraint trigger chained after insert on audit.records
  deferrable initially deferred for each row execute function audit.chain_record();

call audit.make_append_only('audit.links');
-- A head moves on by one, and is never taken back or away.
create trigger moves_on before update on audit.heads for each row
  when (new.org_id <> old.org_id or new.seq <> old.seq + 1) execute function audit.refuse_change();
create trigger kept before delete on audit.heads for each row execute function audit.refuse_change();
create trigger kept_truncate before truncate on audit.heads for each statement execute function audit.refuse_change();

do $$
declare
  target text;
begin
  foreach target in array array['audit.links', 'audit.heads'] loop
    execute format('call identity.isolate(%L)', target);
    execute format('grant select on %s to app_read', target);
    execute format('create policy audit on %s to audit_writer using (org_id = nullif(current_setting(''app.org_id'', true), '''')::uuid) '
      'with check (org_id = nullif(current_setting(''app.org_id'', true), '''')::uuid)', target);
  end loop;
end $$;
grant insert on audit.links to audit_writer;
grant select, insert, update (seq, hash) on audit.heads to audit_writer;
-- The heads of all organizations are written down off the database.
create policy system on audit.heads to tributary_system using (true) with check (true);
grant select on audit.heads to tributary_system;

grant create on schema audit to audit_writer;
alter function audit.chain_hash owner to audit_writer;
alter function audit.append_link owner to audit_writer;
alter function audit.chain_record owner to audit_writer;
revoke create on schema audit from audit_writer;
