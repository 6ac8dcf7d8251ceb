-- API keys: how machines come to an organization. Their secrets are nowhere here.
--
-- Who asks with a key has no organization yet, so the key is looked up by a function of a role of its own: key_reader, whose policies let
-- it see every key. The API may call that function, and sees of the table itself what its organization has.
do $$ begin
  if not exists (select from pg_roles where rolname = 'key_reader') then
    create role key_reader nologin;
  end if;
end $$;
grant key_reader to current_user with inherit false, set true;
grant usage on schema identity to key_reader;

create table identity.api_keys (
  org_id uuid not null references identity.organizations (id),
  id uuid not null default uuidv7(),
  name text not null check (length(name) between 1 and 100),
  secret_hash bytea not null check (length(secret_hash) = 32),
  role text not null check (role in ('owner', 'admin', 'finance', 'analyst', 'operator', 'viewer')),
  scopes text[] not null check (cardinality(scopes) > 0),
  created_by text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  last_used_at timestamptz,
  revoked_at timestamptz,
  primary key (org_id, id),
  check (expires_at > created_at)
) with (fillfactor = 70);
comment on table identity.api_keys is 'Kept for ever: an audit record names them.';
comment on column identity.api_keys.name is 'In the words of who made it.';
comment on column identity.api_keys.secret_hash is
  'SHA-256 of the secret: 256 random bits, which nobody guesses, so no salt and no slow hash (ASVS 6.5.2). Only key_reader may read it.';
comment on column identity.api_keys.role is 'What it acts as, never more than who made it was.';
comment on column identity.api_keys.scopes is 'What it is narrowed to. It may do what its role and one of these permit.';
comment on column identity.api_keys.created_by is 'The subject of the token.';
comment on column identity.api_keys.last_used_at is 'Noted once a minute at most.';
comment on column identity.api_keys.revoked_at is 'Once and for ever.';
-- Keys are looked up by this, of all organizations. Not by the id, which is no secret: a wrong secret is nowhere in the index, so it takes
-- no longer to refuse with a known id than with an unknown one.
create index api_keys_secret on identity.api_keys using hash (secret_hash);

call identity.isolate('identity.api_keys');
grant select (org_id, id, name, role, scopes, created_by, created_at, expires_at, last_used_at, revoked_at) on identity.api_keys to tributary_api;
grant insert (org_id, name, secret_hash, role, scopes, created_by, created_at, expires_at), update (revoked_at) on identity.api_keys
  to tributary_api;

create policy keys on identity.api_keys to key_reader using (true) with check (true);
create policy keys on identity.organizations for select to key_reader using (true);
grant select (org_id, id, secret_hash, role, scopes, expires_at, last_used_at, revoked_at), update (last_used_at) on identity.api_keys
  to key_reader;
grant select (id, status) on identity.organizations to key_reader;

-- The key with that id and secret, while it is valid: neither revoked nor expired, of an organization that is not suspended. Always one
-- row, of nulls when there is none. Use is noted a minute after the last note at the earliest, so that many requests are few writes.
create function identity.find_api_key(key_id uuid, presented_hash bytea, at timestamptz)
  returns table (org_id uuid, secret_hash bytea, role text, scopes text[], expires_at timestamptz)
  language sql security definer rows 1 set search_path = ''
begin atomic
  with used as (
    update identity.api_keys k set last_used_at = at
    where k.secret_hash = presented_hash and k.id = key_id and k.revoked_at is null and k.expires_at > at
      and (k.last_used_at is null or k.last_used_at <= at - interval '1 minute')
      and exists (select from identity.organizations o where o.id = k.org_id and o.status = 'active')
  )
  select k.org_id, k.secret_hash, k.role, k.scopes, k.expires_at
  from (values (key_id)) as asked (id)
  left join (identity.api_keys k join identity.organizations o on o.id = k.org_id and o.status = 'active')
    on k.secret_hash = presented_hash and k.id = asked.id and k.revoked_at is null and k.expires_at > at;
end;
grant create on schema identity to key_reader;
alter function identity.find_api_key owner to key_reader;
set local role key_reader;
grant execute on function identity.find_api_key to tributary_api;
reset role;
revoke create on schema identity from key_reader;
