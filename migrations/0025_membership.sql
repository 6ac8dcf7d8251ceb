-- What membership guarantees, and three questions about it that anybody at the door may ask.
--
-- That an organization has one owner at most stands in 0019 (one_owner). That it never has none is for a trigger: whoever stops being the
-- owner leaves another behind when the transaction commits, whatever the application does. Two who try at once wait for the owner's row.
create function identity.keep_an_owner() returns trigger
  language plpgsql set search_path = '' as $$
begin
  if exists (select from identity.members m where m.org_id = old.org_id)
    and not exists (select from identity.members m where m.org_id = old.org_id and m.role = 'owner') then
    raise exception 'an organization with members has an owner' using errcode = '23514', constraint = 'has_owner',
      schema = 'identity', table = 'members';
  end if;
  return null;
end $$;
create constraint trigger has_owner after delete or update of role, org_id on identity.members
  deferrable initially deferred for each row when (old.role = 'owner') execute function identity.keep_an_owner();

-- Who is suspended has no session, not even one begun in the same moment: who suspends locks the user first, which this insert's check of its
-- reference waits for, and what it finds here is from after that.
create function identity.only_for_active() returns trigger
  language plpgsql set search_path = '' as $$
begin
  if not exists (select from identity.users u where u.id = new.user_id and u.status = 'active') then
    raise exception 'only an active user has sessions' using errcode = '23514', constraint = 'only_for_active',
      schema = 'identity', table = 'sessions';
  end if;
  return null;
end $$;
create trigger only_for_active after insert on identity.sessions for each row execute function identity.only_for_active();

-- Who is invited again under the same address gets the same invitation for seven days more, perhaps in another role.
grant update (role, inviter_id) on identity.invitations to tributary_identity;

-- Those that wait are read page by page, however many were answered.
create index invitations_waiting on identity.invitations (org_id, id) where status = 'pending';

-- Who may sign in at all is decided by the people of the platform, not by one of a user's organizations. Kept for ever, for those too who
-- are in none; an organization reads in its own record that something was decided, and not why.
create table identity.status_changes (
  id uuid primary key default uuidv7(),
  user_id uuid not null,
  actor text not null check (length(actor) between 1 and 255),
  from_status text not null,
  to_status text not null check (to_status in ('active', 'pending_approval', 'suspended')),
  reason text not null check (length(reason) between 1 and 500),
  created_at timestamptz not null
);
comment on column identity.status_changes.user_id is 'No reference: what was decided outlives the user.';
comment on column identity.status_changes.actor is 'pii: who decided.';
comment on column identity.status_changes.reason is 'pii: in the words of who decided.';
create index status_changes_user on identity.status_changes (user_id, id);
call identity.reserve_for_identity('identity.status_changes');
call audit.make_append_only('identity.status_changes');
grant select, insert on identity.status_changes to tributary_identity;

-- For people and checks at the door, never for policies: what the person in app.user_id is, and nothing about anybody else. The owner of
-- these functions is bound to that person by row-level security, so a mistake in one of them tells no more.
do $$ begin
  if not exists (select from pg_roles where rolname = 'member_reader') then
    create role member_reader nologin;
  end if;
end $$;
grant member_reader to current_user with inherit false, set true;
grant usage on schema identity to member_reader;
create policy self on identity.members for select to member_reader
  using (user_id = (select nullif(current_setting('app.user_id', true), '')::uuid));
grant select (org_id, user_id, role) on identity.members to member_reader;

create function identity.user_orgs() returns setof uuid
  language sql stable security definer set search_path = ''
begin atomic
  select m.org_id from identity.members m
  where m.user_id = nullif(current_setting('app.user_id', true), '')::uuid;
end;
create function identity.is_org_member(org uuid) returns boolean
  language sql stable security definer set search_path = ''
begin atomic
  select exists (select from identity.members m
    where m.org_id = org and m.user_id = nullif(current_setting('app.user_id', true), '')::uuid);
end;
create function identity.has_org_role(org uuid, roles text[]) returns boolean
  language sql stable security definer set search_path = ''
begin atomic
  select exists (select from identity.members m
    where m.org_id = org and m.user_id = nullif(current_setting('app.user_id', true), '')::uuid and m.role = any (roles));
end;
comment on function identity.user_orgs is 'Organizations of the user in app.user_id.';
comment on function identity.is_org_member is 'Whether the user in app.user_id is a member of the organization.';
comment on function identity.has_org_role is 'Whether the user in app.user_id has one of the roles in the organization.';

grant create on schema identity to member_reader;
alter function identity.user_orgs owner to member_reader;
alter function identity.is_org_member owner to member_reader;
alter function identity.has_org_role owner to member_reader;
set local role member_reader;
grant execute on function identity.user_orgs, identity.is_org_member, identity.has_org_role to app_read, tributary_identity;
reset role;
revoke create on schema identity from member_reader;
