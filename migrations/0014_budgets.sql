-- How much may still be asked of a provider: by the application at large, and of one account. Shared by all who ask.
create table sync.budgets (
  provider text not null,
  scope text not null check (scope in ('app', 'account')),
  account_ref text not null,
  time_window text not null check (time_window in ('second', 'minute', 'day')),
  used int not null default 0 check (used >= 0),
  ends_at timestamptz not null,
  blocked_until timestamptz,
  primary key (provider, scope, account_ref, time_window),
  check ((scope = 'app') = (account_ref = ''))
) with (fillfactor = 70);
comment on column sync.budgets.used is 'Asked since the window began; what the provider says was asked, where that is more.';
comment on column sync.budgets.blocked_until is 'The provider asked not to be asked before.';
call identity.reserve_for_system('sync.budgets');
grant select, insert, update, delete on sync.budgets to tributary_system;

-- Takes one question from each of these budgets or from none. Answers how long to wait in milliseconds, 0 when it may be asked now.
create function sync.take_budget(provider text, scopes text[], account_refs text[], time_windows text[], limits int[], at timestamptz)
  returns bigint language plpgsql set search_path = '' set plan_cache_mode = force_generic_plan as $$
#variable_conflict use_column
declare
  asked text := provider;
  wait bigint;
begin
  insert into sync.budgets (provider, scope, account_ref, time_window, ends_at)
  select asked, w.scope, w.account_ref, w.time_window, at
  from unnest(scopes, account_refs, time_windows) as w (scope, account_ref, time_window)
  order by w.scope, w.account_ref, w.time_window
  on conflict do nothing;
  select coalesce(max(case
      when b.blocked_until > at then extract(epoch from b.blocked_until - at) * 1000
      when b.ends_at > at and b.used >= b.most then extract(epoch from b.ends_at - at) * 1000
      else 0 end), 0)::bigint into wait
  from (
    select b.used, b.ends_at, b.blocked_until, w.most from sync.budgets b
    join unnest(scopes, account_refs, time_windows, limits) as w (scope, account_ref, time_window, most)
      on b.provider = asked and b.scope = w.scope and b.account_ref = w.account_ref and b.time_window = w.time_window
    order by b.scope, b.account_ref, b.time_window for update of b
  ) b;
  if wait > 0 then
    return wait;
  end if;
  update sync.budgets b set
    used = case when b.ends_at <= at then 1 else b.used + 1 end,
    ends_at = case when b.ends_at > at then b.ends_at else at + ('1 ' || b.time_window)::interval end,
    blocked_until = null
  from unnest(scopes, account_refs, time_windows) as w (scope, account_ref, time_window)
  where b.provider = asked and b.scope = w.scope and b.account_ref = w.account_ref and b.time_window = w.time_window;
  return 0;
end $$;
grant execute on function sync.take_budget to tributary_system;

-- Bytes a provider sent for an organization, where it bills them.
create table sync.egress (
  org_id uuid not null references identity.organizations (id),
  provider text not null,
  day date not null,
  bytes bigint not null check (bytes >= 0),
  primary key (org_id, provider, day)
) with (fillfactor = 70);
comment on column sync.egress.day is 'In UTC, as providers bill.';
call identity.isolate('sync.egress');
grant select on sync.egress to app_read;
grant insert, update (bytes) on sync.egress to app_write;
