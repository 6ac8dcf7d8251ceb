-- Personal data: every column that holds some is marked, and a subject can be erased so that nothing that comes later brings it back.
--
-- Of an erased name stays a keyed hash. The key is the organization's own and is read by no login: numbers and addresses are guessed from
-- a hash without one. Only functions of a role of its own make and compare hashes (packages/docs/privacy.md).
do $$ begin
  if not exists (select from pg_roles where rolname = 'name_keeper') then
    create role name_keeper nologin;
  end if;
end $$;
grant name_keeper to current_user with inherit false, set true;

create schema privacy;
grant usage on schema privacy to app_read, app_write, tributary_api, tributary_system, name_keeper;

create table privacy.keys (
  org_id uuid primary key references identity.organizations (id),
  key bytea not null default decode(replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), 'hex') check (length(key) = 32)
);
comment on column privacy.keys.key is 'secret: 244 random bits. Without it a hash of a name can be neither made nor guessed.';
alter table privacy.keys enable row level security;
alter table privacy.keys force row level security;

create table privacy.erased_names (
  org_id uuid not null references identity.organizations (id),
  fingerprint bytea not null check (length(fingerprint) = 32),
  is_reference boolean not null,
  customer_id uuid not null,
  erased_at timestamptz not null default now(),
  primary key (org_id, fingerprint)
);
comment on column privacy.erased_names.fingerprint is 'privacy.fingerprint of what an erased subject was known by.';
comment on column privacy.erased_names.is_reference is
  'The id of a sale of theirs: an object with it is about them, and the id itself stays.';
comment on column privacy.erased_names.customer_id is 'Whose it was: the pseudonym that stays.';
call identity.isolate('privacy.erased_names');
grant select (org_id, customer_id, is_reference, erased_at) on privacy.erased_names to app_read;

create table privacy.erasures (
  org_id uuid not null references identity.organizations (id),
  id uuid not null default uuidv7(),
  customer_id uuid not null,
  requested_at timestamptz not null,
  position jsonb,
  found int not null default 0 check (found >= 0),
  swept_at timestamptz,
  primary key (org_id, id),
  unique (org_id, customer_id)
);
comment on table privacy.erasures is 'Who was erased. The raw bytes of the organization are gone through afterwards, page by page.';
comment on column privacy.erasures.position is 'How far that has come.';
comment on column privacy.erasures.found is 'Names that the bytes told beside those that were known; whenever there are some, it begins again.';
create index erasures_open on privacy.erasures (requested_at) where swept_at is null;
call identity.isolate('privacy.erasures');
create policy system on privacy.erasures to tributary_system using (true) with check (true);
grant select on privacy.erasures to app_read, tributary_system;
grant insert (org_id, customer_id, requested_at), update (requested_at, position, swept_at) on privacy.erasures to tributary_api;
grant update (position, found, swept_at) on privacy.erasures to app_write;

create policy names on privacy.keys to name_keeper using (org_id = nullif(current_setting('app.org_id', true), '')::uuid)
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid);
create policy names on privacy.erased_names to name_keeper using (org_id = nullif(current_setting('app.org_id', true), '')::uuid)
  with check (org_id = nullif(current_setting('app.org_id', true), '')::uuid);
grant select, insert on privacy.keys to name_keeper;
grant select, insert, delete on privacy.erased_names to name_keeper;

create function privacy.fingerprint(key bytea, name jsonb) returns bytea
  language sql immutable parallel safe
  return sha256(key || sha256(key || convert_to(name::text, 'UTF8')));
comment on function privacy.fingerprint is 'Keyed before and behind, as HMAC is. A name: [kind, provider, value].';

-- Of these names, each [kind, provider, value], the erased ones: their place from 1.
create function privacy.find_erased(names jsonb) returns table (ord bigint, fingerprint bytea, is_reference boolean, customer_id uuid)
  language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
begin
  return query
    select n.ord, e.fingerprint, e.is_reference, e.customer_id from privacy.keys k
    cross join jsonb_array_elements(names) with ordinality as n (name, ord)
    join privacy.erased_names e on e.org_id = org and e.fingerprint = privacy.fingerprint(k.key, n.name)
    where k.org_id = org;
end $$;

-- Remembers that these names are erased. Answers each that was not.
create function privacy.bury(customer uuid, names jsonb, are_references boolean) returns table (ord bigint, fingerprint bytea)
  language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
begin
  insert into privacy.keys (org_id) values (org) on conflict do nothing;
  return query
    with wanted as (
      select min(n.ord) as ord, privacy.fingerprint(k.key, n.name) as fingerprint
      from privacy.keys k cross join jsonb_array_elements(names) with ordinality as n (name, ord)
      where k.org_id = org group by 2
    ), buried as (
      insert into privacy.erased_names (org_id, fingerprint, is_reference, customer_id)
      select org, w.fingerprint, are_references, customer from wanted w order by w.fingerprint
      on conflict do nothing returning fingerprint
    )
    select w.ord, w.fingerprint from wanted w join buried b on b.fingerprint = w.fingerprint;
end $$;

-- Whoever gives an address or number again is known by it again.
create function privacy.lift(names jsonb) returns void
  language plpgsql security definer set search_path = '' as $$
#variable_conflict use_column
declare
  org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
begin
  delete from privacy.erased_names e using privacy.keys k, jsonb_array_elements(names) as n (name)
  where k.org_id = org and e.org_id = org and not e.is_reference and e.fingerprint = privacy.fingerprint(k.key, n.name);
end $$;

grant create on schema privacy to name_keeper;
alter function privacy.fingerprint owner to name_keeper;
alter function privacy.find_erased owner to name_keeper;
alter function privacy.bury owner to name_keeper;
alter function privacy.lift owner to name_keeper;
set local role name_keeper;
grant execute on function privacy.find_erased to app_read;
grant execute on function privacy.bury to tributary_api, app_write;
grant execute on function privacy.lift to tributary_api;
reset role;
revoke create on schema privacy from name_keeper;

-- What an erasure changes.
alter table loyalty.customers add erased_at timestamptz;
comment on column loyalty.customers.erased_at is 'Nothing tells who this was; sales, points and their sums stay.';
grant update (erased_at) on loyalty.customers to tributary_api;
alter table loyalty.customer_identities add is_pseudonym boolean not null default false;
comment on column loyalty.customer_identities.is_pseudonym is 'Stands for an id that was erased, and tells nothing.';
grant delete, update (value, is_pseudonym) on loyalty.customer_identities to tributary_api, app_write;
grant update (customer_ref, contact_email, contact_mobile, content_hash) on loyalty.transactions to tributary_api;

alter table inbox.deliveries
  add redacted_at timestamptz,
  add redacted_sha256 bytea check (length(redacted_sha256) = 32),
  add check ((redacted_at is null) = (redacted_sha256 is null));
comment on column inbox.deliveries.sha256 is 'Of the bytes as they came, redacted since or not: by it a copy is known.';
comment on column inbox.deliveries.redacted_sha256 is 'Of the bytes as they are since an erasure: no signature proves them any more.';
grant update (body, redacted_at, redacted_sha256) on inbox.deliveries to tributary_system;
grant update (payload) on inbox.events to app_write;
grant update (payload) on inbox.parked_events to tributary_system;

-- Bytes of a pull are never changed but to redact them.
alter table sync.pulls add redacted_at timestamptz;
drop trigger append_only on sync.pulls;
drop trigger append_only_truncate on sync.pulls;
create function sync.refuse_all_but_redaction() returns trigger
  language plpgsql set search_path = '' as $$
begin
  if tg_op = 'UPDATE' and new.redacted_at is not null
    and to_jsonb(old) - array['body', 'request', 'position', 'redacted_at'] = to_jsonb(new) - array['body', 'request', 'position', 'redacted_at'] then
    return new;
  end if;
  raise exception '% is append-only: correct it with a new row', tg_table_name using errcode = '42501';
end $$;
create trigger redacted_only before update or delete on sync.pulls for each row execute function sync.refuse_all_but_redaction();
create trigger kept_truncate before truncate on sync.pulls for each statement execute function audit.refuse_change();
grant update (body, request, position, redacted_at) on sync.pulls to app_write;
grant update (external_id) on sync.objects to app_write;
grant delete on sync.objects to app_write;
grant update (external_id, parent_id) on sync.drifts to app_write;

-- The marks: `pii` on what tells of a person, `secret` on what must not be known. Columns of free text without one are listed in
-- packages/db/src/catalogue/impersonal.ts, and the catalogue's test refuses a column that is neither.
comment on column loyalty.transactions.customer_ref is 'pii: whom the provider names, kept so that an anonymous sale can be linked later.';
comment on column loyalty.transactions.contact_email is 'pii: normalised.';
comment on column loyalty.transactions.contact_mobile is 'pii: in E.164.';
comment on column loyalty.transactions.content_hash is 'pii: of the fact with whom it names, unkeyed; made anew without them when they are erased.';
comment on column loyalty.adjustments.reason is 'pii: in the words of who adjusted. No address or number is taken.';
comment on column loyalty.adjustments.actor is 'pii: the subject of who did it.';
comment on column loyalty.reward_rules.created_by is 'pii: the subject of who did it.';
comment on column loyalty.tier_settings.created_by is 'pii: the subject of who did it.';
comment on column loyalty.rewards.issued_by is 'pii: the subject of who did it.';
comment on column loyalty.rewards.resolved_by is 'pii: the subject of who did it.';
comment on column audit.records.actor is 'pii: the subject of who did it.';
comment on column audit.records.reason is 'pii: in the words of who did it. No address or number is taken; part of what is chained.';
comment on column audit.records.before is 'pii: only what an action changes, and nothing by which to reach a person.';
comment on column audit.records.after is 'pii: as before is.';
comment on column inbox.deliveries.headers is 'pii: as they came, without what authorises.';
comment on column inbox.events.payload is 'pii: what the provider said, or a hint at what to ask for.';
comment on column inbox.parked_events.payload is 'pii: as in inbox.events.';
comment on column sync.pulls.request is 'pii: method, path and query, which may name somebody. A pull has no secret in either.';
comment on column sync.objects.external_id is 'pii: of a contact it is the provider''s name for a person.';
comment on column sync.objects.body is 'pii: as the provider has it.';
comment on column sync.objects.content_hash is 'pii: of the body, unkeyed.';
comment on column sync.drifts.external_id is 'pii: as in sync.objects.';
comment on column sync.authorizations.subject is 'pii: who began it, as their token says. Nobody else may finish it.';
comment on column sync.credentials.sealed_access_token is 'secret: envelope-encrypted, as the refresh tokens are; bound to organization, credential and field.';
comment on column sync.credentials.sealed_refresh_token is 'secret: envelope-encrypted.';
comment on column sync.credentials.former_refresh_token is 'secret: envelope-encrypted. The one before, where a provider takes it again after a lost answer.';
comment on column identity.idempotency_keys.response is 'pii: an answer, as it was given.';
comment on column identity.idempotency_keys.request_hash is 'pii: of a request that may name somebody, unkeyed.';
comment on column identity.users.name is 'pii: of a person.';
comment on column identity.users.email is 'pii: of a person.';
comment on column identity.users.image is 'pii: of a person.';
comment on column identity.accounts.account_id is 'pii: a person''s id where they sign in.';
comment on column identity.accounts.password is 'secret: a hash by argon2id.';
comment on column identity.accounts.access_token is 'secret: of a provider people sign in with.';
comment on column identity.accounts.refresh_token is 'secret: of a provider people sign in with.';
comment on column identity.accounts.id_token is 'secret: of a provider people sign in with.';
comment on column identity.sessions.token is 'secret: of a session.';
comment on column identity.sessions.ip_address is 'pii: of who signed in.';
comment on column identity.sessions.user_agent is 'pii: of who signed in.';
comment on column identity.verifications.identifier is 'secret: hashed; whom or what a token is for.';
comment on column identity.verifications.value is 'secret: of a token that proves an address or changes a password.';
comment on column identity.two_factors.secret is 'secret: encrypted.';
comment on column identity.two_factors.backup_codes is 'secret: encrypted.';
comment on column identity.jwks.private_key is 'secret: encrypted; signs tokens.';
comment on column identity.invitations.email is 'pii: of who is invited.';
comment on column identity.api_keys.name is 'pii: in the words of who made it.';
comment on column identity.api_keys.created_by is 'pii: the subject of the token.';
comment on column identity.api_keys.secret_hash is
  'secret: SHA-256 of 256 random bits, which nobody guesses, so no salt and no slow hash (ASVS 6.5.2). Only key_reader may read it.';
