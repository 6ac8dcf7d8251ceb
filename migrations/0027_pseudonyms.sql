-- Which ids stand for erased ones. Nothing is asked from a provider by such an id, which it cannot know: its answer would look as if an
-- object were missing there. A pseudonym is the beginning of a fingerprint (pseudonymOf in packages/privacy/src/names.ts).
create function privacy.find_pseudonyms(ids text[]) returns table (id text)
  language plpgsql stable security definer set search_path = '' as $$
#variable_conflict use_column
declare
  org uuid := nullif(current_setting('app.org_id', true), '')::uuid;
begin
  return query
    select distinct given.id from unnest(ids) as given (id)
    cross join lateral (select case
      when given.id ~ '^erased-[0-9a-f]{20}$' then substr(given.id, 8)
      when given.id ~ '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then replace(given.id, '-', '') end as hex) beginning
    where exists (select from privacy.erased_names e where e.org_id = org and not e.is_reference
      and e.fingerprint between decode(beginning.hex, 'hex') and decode(rpad(beginning.hex, 64, 'f'), 'hex'));
end $$;

grant create on schema privacy to name_keeper;
alter function privacy.find_pseudonyms owner to name_keeper;
set local role name_keeper;
grant execute on function privacy.find_pseudonyms to app_read;
reset role;
revoke create on schema privacy from name_keeper;
