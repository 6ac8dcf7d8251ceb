import { consumerPolicyHoles } from './consumers.ts';
import { altered, columns, definer, type Holes, own, partitioned, policy, sound, superuser, writer } from './hole.ts';

/** Holes in who sees which rows. */
export const rowHoles: Holes = {
  C1: [
    [
      'a table without row-level security',
      altered('disable row level security'),
      'loyalty.planted: row-level security is not enabled',
    ],
    [
      'a table that does not force it',
      altered('no force row level security'),
      'loyalty.planted: row-level security is not forced',
    ],
    [
      'a shipped table that no longer forces it',
      'alter table ledger.entries no force row level security',
      'ledger.entries: row-level security is not forced',
    ],
    [
      'a partition granted without it',
      `${partitioned} grant select on loyalty.part to app_read`,
      'loyalty.part: row-level security is not enabled',
    ],
    [
      'one column of a partition granted',
      `${partitioned} grant select (name) on loyalty.part to tributary_api`,
      'loyalty.part: row-level security is not enabled',
    ],
    [
      'a table that inherits',
      `${sound} create table loyalty.heir () inherits (loyalty.planted); grant select on loyalty.heir to app_read;
       create policy tenant on loyalty.heir to app_read, app_write using (org_id = ${own}) with check (org_id = ${own})`,
      'loyalty.heir: row-level security is not enabled',
    ],
    [
      'a foreign table granted',
      superuser(`create foreign data wrapper planted; create server planted foreign data wrapper planted;
        create foreign table loyalty.planted (${columns}) server planted; grant select on loyalty.planted to app_read`),
      'loyalty.planted: row-level security is not enabled',
    ],
    [
      'a table in public',
      `create table public.planted (${columns}); create policy system on public.planted to tributary_system using (true) with check (true)`,
      'public.planted: row-level security is not enabled',
    ],
  ],
  C2: [
    ['a table without a policy', `${sound} drop policy tenant on loyalty.planted`, 'loyalty.planted: no policy'],
    [
      'a policy without WITH CHECK',
      policy(`to app_read, app_write using (org_id = ${own})`),
      'loyalty.planted: policy tenant has no WITH CHECK',
    ],
    ['a shipped policy dropped', 'drop policy system on inbox.parked_events', 'inbox.parked_events: no policy'],
  ],
  C3: [
    [
      'a view with the rights of its owner',
      'create view loyalty.planted as select * from loyalty.wallets; grant select on loyalty.planted to app_read',
      'loyalty.planted: view is not security_invoker',
    ],
    [
      'the shipped view, reset',
      'alter view loyalty.wallet_ledger set (security_invoker = false)',
      'loyalty.wallet_ledger: view is not security_invoker',
    ],
    [
      'a materialised view granted',
      'create materialized view loyalty.planted as select 1 as one; grant select on loyalty.planted to app_read',
      'loyalty.planted: materialised view granted to app_read',
    ],
    [
      'one column of a materialised view granted',
      'create materialized view loyalty.planted as select 1 as one; grant select (one) on loyalty.planted to tributary_worker',
      'loyalty.planted: materialised view granted to tributary_worker',
    ],
    [
      'a rule that acts as the owner',
      'create rule planted as on insert to loyalty.customers do also select 1',
      'loyalty.customers: rule planted',
    ],
  ],
  C4: [
    [
      'a definer without search_path',
      writer('security definer'),
      'loyalty.planted(): security definer without search_path',
    ],
    [
      'a definer of a superuser',
      `${definer} ${superuser('alter function loyalty.planted() owner to postgres')}`,
      'loyalty.planted(): security definer of postgres, who bypasses row-level security',
    ],
    [
      'a definer whose owner gains BYPASSRLS',
      `${definer} ${superuser('alter role tributary_owner bypassrls')}`,
      'loyalty.planted(): security definer of tributary_owner, who bypasses row-level security',
    ],
    [
      'a function of the ledger whose owner bypasses',
      superuser(`create role planted bypassrls; revoke execute on function ledger.fold from app_write, tributary_api;
        alter function ledger.fold owner to planted`),
      'ledger.fold(uuid,uuid): security definer of planted, who bypasses row-level security',
    ],
    [
      'a function of the ledger with a path of its caller',
      'set role ledger_writer; alter function ledger.fold reset search_path; set role tributary_owner',
      'ledger.fold(uuid,uuid): security definer without search_path',
    ],
    [
      'a function granted to PUBLIC',
      `${writer()} grant execute on function loyalty.planted() to public`,
      'loyalty.planted(): executable by PUBLIC',
    ],
    [
      'a function of a role whose defaults include PUBLIC',
      superuser(writer()),
      'loyalty.planted(): executable by PUBLIC',
    ],
    [
      'a procedure granted to PUBLIC',
      'grant execute on procedure identity.isolate to public',
      'identity.isolate(regclass,name): executable by PUBLIC',
    ],
  ],
  C9: [
    [
      'using (true) for tenants',
      policy('to app_read, app_write using (true) with check (true)'),
      'loyalty.planted: policy tenant is not an allowed one',
    ],
    [
      'everybody’s memberships for who tells of one person',
      'drop policy self on identity.members; create policy self on identity.members for select to member_reader using (true)',
      'identity.members: policy self is not an allowed one',
    ],
    [
      'reference data among an organization’s',
      `${sound} create policy reference on loyalty.planted for select to app_read using (true)`,
      'loyalty.planted: policy reference is not an allowed one',
    ],
    [
      'reference data that tenants write',
      'drop policy reference on ref.brands; create policy reference on ref.brands to app_read using (true) with check (true)',
      'ref.brands: policy reference is not an allowed one',
    ],
    [
      'using (true) beside the right one',
      `${sound} create policy extra on loyalty.planted for select to app_read using (true)`,
      'loyalty.planted: policy extra is not an allowed one',
    ],
    [
      'a function called per row',
      policy(
        `to app_read, app_write using (org_id = identity.current_org_id()) with check (org_id = identity.current_org_id())`,
      ),
      'loyalty.planted: policy tenant is not an allowed one',
    ],
    [
      'a check wider than the filter',
      policy(`to app_read, app_write using (org_id = ${own}) with check (true)`),
      'loyalty.planted: policy tenant is not an allowed one',
    ],
    [
      'the id for the organization',
      policy(`to app_read, app_write using (id = ${own}) with check (id = ${own})`),
      'loyalty.planted: policy tenant is not an allowed one',
    ],
    [
      'the right condition for everybody',
      policy(`using (org_id = ${own}) with check (org_id = ${own})`),
      'loyalty.planted: policy tenant is not an allowed one',
    ],
    [
      'a login beside the groups',
      policy(`to app_read, app_write, tributary_system using (org_id = ${own}) with check (org_id = ${own})`),
      'loyalty.planted: policy tenant is not an allowed one',
    ],
    [
      'the system policy for another login',
      `${sound} create policy system on loyalty.planted to tributary_worker using (true) with check (true)`,
      'loyalty.planted: policy system is not an allowed one',
    ],
    [
      'who knows people seeing what organizations keep',
      `${sound} create policy identity on loyalty.planted to tributary_identity using (true) with check (true)`,
      'loyalty.planted: policy identity is not an allowed one',
    ],
    [
      'who knows people adding to any organization’s record',
      'drop policy identity on audit.records; create policy identity on audit.records to tributary_identity using (true) with check (true)',
      'audit.records: policy identity is not an allowed one',
    ],
    [
      'people shown to organizations',
      'drop policy identity on identity.users; create policy identity on identity.users to tributary_identity, app_read using (true) with check (true)',
      'identity.users: policy identity is not an allowed one',
      'identity.users: policy identity for tenants, who are granted nothing',
    ],
    [
      'a writer of the ledger who sees every organization',
      'drop policy ledger on ledger.entries; create policy ledger on ledger.entries to ledger_writer using (true) with check (true)',
      'ledger.entries: policy ledger is not an allowed one',
    ],
    [
      'a writer of the ledger who writes for every organization',
      `drop policy ledger on ledger.entries;
        create policy ledger on ledger.entries to ledger_writer using (org_id = ${own}) with check (true)`,
      'ledger.entries: policy ledger is not an allowed one',
    ],
    [
      'the policy of the writer for another role',
      `drop policy ledger on ledger.holds;
        create policy ledger on ledger.holds to app_write using (org_id = ${own}) with check (org_id = ${own})`,
      'ledger.holds: policy ledger is not an allowed one',
    ],
    [
      'the writer beside the tenants',
      policy(`to app_read, app_write, ledger_writer using (org_id = ${own}) with check (org_id = ${own})`),
      'loyalty.planted: policy tenant is not an allowed one',
    ],
    [
      'the policy of the writer outside the ledger',
      `${sound} create policy ledger on loyalty.planted to ledger_writer using (org_id = ${own}) with check (org_id = ${own})`,
      'loyalty.planted: policy ledger is not an allowed one',
    ],
    ...consumerPolicyHoles,
    [
      'a tenant policy on a table no tenant can reach',
      `create table loyalty.planted (${columns}); call identity.isolate('loyalty.planted')`,
      'loyalty.planted: policy tenant for tenants, who are granted nothing',
    ],
  ],
};
