-- People, how they prove who they are, and what they are in which organization.
--
-- A person belongs to no organization, so persons and their secrets are closed to every login but tributary_identity, which asks who
-- somebody is and reads nothing of what organizations keep.
do $$ begin
  if not exists (select from pg_roles where rolname = 'tributary_identity') then
    create role tributary_identity login;
  end if;
  execute format('grant connect on database %I to tributary_identity', current_database());
end $$;
alter role tributary_identity set statement_timeout = '10s';
alter role tributary_identity set idle_in_transaction_session_timeout = '15s';
grant usage on schema identity, audit to tributary_identity;

create procedure identity.reserve_for_identity(target regclass)
  language plpgsql as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format('create policy identity on %s to tributary_identity using (true) with check (true)', target);
end $$;

create table identity.users (
  id uuid primary key default uuidv7(),
  name text not null check (length(name) between 1 and 200),
  email text not null unique check (email = lower(email) and length(email) between 3 and 320),
  email_verified boolean not null default false,
  image text,
  status text not null default 'active' check (status in ('active', 'pending_approval', 'suspended')),
  two_factor_enabled boolean not null default false,
  last_sign_in_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on column identity.users.status is 'Only who is active signs in and gets tokens.';
call identity.reserve_for_identity('identity.users');
grant select, insert, delete on identity.users to tributary_identity;
grant update (name, email, email_verified, image, status, two_factor_enabled, last_sign_in_at, updated_at) on identity.users
  to tributary_identity;

-- How somebody signs in: with a password today, with an account elsewhere (whose tokens these would be) perhaps tomorrow.
create table identity.accounts (
  id uuid primary key default uuidv7(),
  user_id uuid not null references identity.users (id) on delete cascade,
  provider_id text not null,
  account_id text not null,
  password text,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (provider_id, account_id)
);
comment on column identity.accounts.password is 'argon2id, as a PHC string.';
create index accounts_user on identity.accounts (user_id);
call identity.reserve_for_identity('identity.accounts');
grant select, insert, update, delete on identity.accounts to tributary_identity;

-- What was sent to somebody, or asked of them, and is waited for.
create table identity.verifications (
  id uuid primary key default uuidv7(),
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);
comment on column identity.verifications.identifier is 'A hash of what was sent: who reads the table can reset no password.';
create index verifications_identifier on identity.verifications (identifier);
create index verifications_expired on identity.verifications (expires_at);
call identity.reserve_for_identity('identity.verifications');
grant select, insert, update, delete on identity.verifications to tributary_identity;

create table identity.two_factors (
  id uuid primary key default uuidv7(),
  user_id uuid not null unique references identity.users (id) on delete cascade,
  secret text not null,
  backup_codes text not null,
  verified boolean not null default false,
  failed_verification_count int not null default 0 check (failed_verification_count >= 0),
  locked_until timestamptz,
  last_used_step bigint
);
comment on column identity.two_factors.secret is 'Encrypted, as the backup codes are, under a secret the database does not have.';
comment on column identity.two_factors.last_used_step is 'The 30 s a code was last taken for: none of it or before is good again (RFC 6238, 5.2).';
call identity.reserve_for_identity('identity.two_factors');
grant select, insert, update, delete on identity.two_factors to tributary_identity;

-- What tokens are signed with. A key is published before it signs and after it has signed its last.
create table identity.jwks (
  id uuid primary key default uuidv7(),
  public_key text not null,
  private_key text not null,
  created_at timestamptz not null default now(),
  signs_from timestamptz not null,
  expires_at timestamptz,
  check (expires_at > signs_from)
);
comment on column identity.jwks.public_key is 'A JSON Web Key.';
comment on column identity.jwks.private_key is 'The same with its private part, encrypted under a secret the database does not have.';
comment on column identity.jwks.signs_from is 'Whoever checks tokens has seen it by then.';
comment on column identity.jwks.expires_at is 'When nothing it signed is valid any more. Null until another takes over.';
call identity.reserve_for_identity('identity.jwks');
grant select, insert, delete, update (signs_from, expires_at) on identity.jwks to tributary_identity;

create policy identity on identity.organizations to tributary_identity using (true) with check (true);
grant select, insert on identity.organizations to tributary_identity;

create table identity.members (
  org_id uuid not null references identity.organizations (id),
  id uuid not null default uuidv7(),
  user_id uuid not null references identity.users (id),
  role text not null check (role in ('owner', 'admin', 'finance', 'analyst', 'operator', 'viewer')),
  created_at timestamptz not null default now(),
  primary key (org_id, id),
  unique (org_id, user_id),
  -- One owner. Deferred, so that ownership passes in one statement.
  constraint one_owner exclude using btree (org_id with =) where (role = 'owner') deferrable initially deferred
);
create index members_user on identity.members (user_id);
call identity.isolate('identity.members');
create policy identity on identity.members to tributary_identity using (true) with check (true);
grant select on identity.members to app_read;
grant select, insert, delete, update (role) on identity.members to tributary_identity;

create table identity.sessions (
  id uuid primary key default uuidv7(),
  token text not null unique,
  user_id uuid not null references identity.users (id) on delete cascade,
  active_org_id uuid,
  ip_address text,
  user_agent text,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  -- Only a membership can be active, and its end ends that.
  foreign key (active_org_id, user_id) references identity.members (org_id, user_id) on delete set null (active_org_id)
);
comment on column identity.sessions.active_org_id is 'Whose tokens it gets. Null: a consumer''s.';
create index sessions_user on identity.sessions (user_id);
create index sessions_organization on identity.sessions (active_org_id, user_id);
create index sessions_expired on identity.sessions (expires_at);
call identity.reserve_for_identity('identity.sessions');
grant select, insert, update, delete on identity.sessions to tributary_identity;

create table identity.invitations (
  org_id uuid not null references identity.organizations (id),
  id uuid not null default uuidv7(),
  email text not null check (email = lower(email) and length(email) between 3 and 320),
  role text not null check (role in ('admin', 'finance', 'analyst', 'operator', 'viewer')),
  status text not null default 'pending' check (status in ('pending', 'accepted', 'rejected', 'canceled')),
  inviter_id uuid not null references identity.users (id),
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  primary key (org_id, id)
);
create unique index invitations_pending on identity.invitations (org_id, email) where status = 'pending';
create index invitations_email on identity.invitations (email) where status = 'pending';
call identity.isolate('identity.invitations');
create policy identity on identity.invitations to tributary_identity using (true) with check (true);
grant select on identity.invitations to app_read;
grant select, insert, delete, update (status, expires_at) on identity.invitations to tributary_identity;

-- Who joins an organization is on its record. Adds to the one that is set, and reads none.
create policy identity on audit.records to tributary_identity
  using (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid))
  with check (org_id = (select nullif(current_setting('app.org_id', true), '')::uuid));
grant insert on audit.records to tributary_identity;
