-- Who somebody is now, for what outlives their token; and people who go for good.
--
-- A key that is made lasts a year, and the token of who makes it may be five minutes old. The API cannot see people, so it asks what the one
-- that is set is now. Who may not sign in is nothing.
create policy self on identity.users for select to member_reader
  using (id = (select nullif(current_setting('app.user_id', true), '')::uuid));
grant select (id, status) on identity.users to member_reader;

create function identity.own_role(org uuid) returns text
  language sql stable security definer set search_path = ''
begin atomic
  select m.role from identity.members m
  join identity.users u on u.id = m.user_id and u.status = 'active'
  where m.org_id = org and m.user_id = nullif(current_setting('app.user_id', true), '')::uuid;
end;
comment on function identity.own_role is 'What the user in app.user_id is in the organization now; null for nothing, and for who may not sign in.';
grant create on schema identity to member_reader;
alter function identity.own_role owner to member_reader;
set local role member_reader;
grant execute on function identity.own_role to tributary_api;
reset role;
revoke create on schema identity from member_reader;

-- An organization nobody is left in is closed: it is suspended, and its keys end, so that they stay ended whoever opens it again.
grant update (status) on identity.organizations to tributary_identity;
grant update (revoked_at) on identity.api_keys to key_reader;

create function identity.end_api_keys(at timestamptz) returns setof uuid
  language sql security definer set search_path = ''
begin atomic
  update identity.api_keys k set revoked_at = at
  where k.org_id = nullif(current_setting('app.org_id', true), '')::uuid and k.revoked_at is null
  returning k.id;
end;
comment on function identity.end_api_keys is 'Ends the keys of the organization in app.org_id that have not ended.';
grant create on schema identity to key_reader;
alter function identity.end_api_keys owner to key_reader;
set local role key_reader;
grant execute on function identity.end_api_keys to tributary_identity;
reset role;
revoke create on schema identity from key_reader;

-- What a person has sent, and what was sent to them, goes with them, whether it was answered or not; and what ended long ago goes by itself.
create index invitations_inviter on identity.invitations (inviter_id);
create index invitations_expired on identity.invitations (expires_at);
drop index identity.invitations_email;
create index invitations_email on identity.invitations (email);
