-- What an organization pays for and has chosen: its plan, which we set, and its settings, which its managers set.
alter table identity.organizations
  add plan text not null default 'free' check (plan in ('free', 'pro', 'business', 'enterprise')),
  add white_label jsonb,
  add onboarding_profile jsonb,
  add updated_at timestamptz not null default now();
comment on column identity.organizations.plan is
  'What it may have of things; what that is stands in code (packages/identity/src/plan/plan.ts). No tenant sets it.';
comment on column identity.organizations.base_currency is
  'What it counts in from now on. Amounts that are stored keep the currency they are in.';
comment on column identity.organizations.white_label is 'A name, a logo and colours in place of ours; null: none of its own.';
comment on column identity.organizations.onboarding_profile is 'What kind of business it is; of no person.';
update identity.organizations set updated_at = created_at;

-- Whoever may change one of these may also lock the row: what counts against a plan is added one after the other.
grant update (name, country, time_zone, base_currency, white_label, onboarding_profile, updated_at) on identity.organizations to tributary_api;
grant update (plan, updated_at) on identity.organizations to tributary_system;
-- Who makes members locks it too.
grant update (updated_at) on identity.organizations to tributary_identity;
