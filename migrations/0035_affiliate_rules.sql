-- Automation rules: what somebody wants to be told of, and the alerts that tell it, each once.
create table affiliate.automation_rules (
  org_id uuid not null references identity.organizations (id),
  id uuid not null default uuidv7(),
  name text not null check (length(name) between 1 and 100),
  status text not null default 'active' check (status in ('active', 'paused', 'archived')),
  kind text not null check (kind in ('metric', 'restated', 'sync_failed', 'commission_disagrees')),
  dimension text not null check (dimension in ('total', 'brand', 'connection', 'campaign')),
  scope_value text check (length(scope_value) <= 200),
  terms jsonb not null,
  cool_down_hours int not null check (cool_down_hours between 0 and 720),
  watching_since timestamptz not null,
  created_by text not null,
  created_at timestamptz not null,
  primary key (org_id, id),
  check (dimension <> 'total' or scope_value = '')
) with (fillfactor = 70);
comment on column affiliate.automation_rules.scope_value is 'Of the dimension; empty for the total. Null: each of them by itself.';
comment on column affiliate.automation_rules.watching_since is 'What a network changed before is none of its business: when it was made, changed, or began again.';
comment on column affiliate.automation_rules.created_by is 'pii: the subject of who made it.';
call identity.isolate('affiliate.automation_rules');
create policy system on affiliate.automation_rules to tributary_system using (true) with check (true);
grant select on affiliate.automation_rules to app_read;
grant insert, update (name, status, kind, dimension, scope_value, terms, cool_down_hours, watching_since) on affiliate.automation_rules
  to tributary_api;
grant select (org_id, status) on affiliate.automation_rules to tributary_system;

create table affiliate.alerts (
  org_id uuid not null,
  id uuid not null default uuidv7(),
  rule_id uuid not null,
  dimension text not null check (dimension in ('total', 'brand', 'connection', 'campaign')),
  scope_value text not null,
  window_from date not null,
  window_to date not null check (window_to >= window_from),
  occasion text not null,
  kind text not null check (kind in ('metric', 'restated', 'sync_failed', 'commission_disagrees')),
  finding jsonb not null,
  status text not null default 'open' check (status in ('open', 'acknowledged', 'resolved')),
  raised_at timestamptz not null,
  acknowledged_at timestamptz,
  resolved_at timestamptz,
  primary key (org_id, id),
  unique (org_id, rule_id, dimension, scope_value, window_from, window_to, occasion),
  foreign key (org_id, rule_id) references affiliate.automation_rules (org_id, id),
  check ((status = 'resolved') = (resolved_at is not null)),
  check (case status when 'open' then acknowledged_at is null when 'acknowledged' then acknowledged_at is not null else true end)
) with (fillfactor = 80);
comment on column affiliate.alerts.occasion is 'Which of several on the same days: the last change of a restatement, the deal of a month. Empty where there is but one.';
comment on column affiliate.alerts.finding is 'What was seen, in the form of its kind.';
create index alerts_status on affiliate.alerts (org_id, status, id);
create index alerts_scope on affiliate.alerts (org_id, rule_id, dimension, scope_value, raised_at);
call identity.isolate('affiliate.alerts');
grant select on affiliate.alerts to app_read;
grant insert on affiliate.alerts to app_write;
grant update (status, acknowledged_at, resolved_at) on affiliate.alerts to tributary_api;

-- What a rule has told of restatements: each change once, whenever it was committed.
create table affiliate.alerted_changes (
  org_id uuid not null,
  rule_id uuid not null,
  change_id uuid not null,
  alert_id uuid not null,
  primary key (org_id, rule_id, change_id),
  foreign key (org_id, rule_id) references affiliate.automation_rules (org_id, id),
  foreign key (org_id, change_id) references affiliate.stat_changes (org_id, id),
  foreign key (org_id, alert_id) references affiliate.alerts (org_id, id)
);
create index alerted_changes_change on affiliate.alerted_changes (org_id, change_id);
create index alerted_changes_alert on affiliate.alerted_changes (org_id, alert_id);
call identity.isolate('affiliate.alerted_changes');
grant select on affiliate.alerted_changes to app_read;
grant insert on affiliate.alerted_changes to app_write;
call audit.make_append_only('affiliate.alerted_changes');
create index stat_changes_recent on affiliate.stat_changes (org_id, metric, changed_at);
