import { type Holes, partitioned, sound, superuser } from './hole.ts';

/** Grants that should not be, and history that can change. */
export const grantHoles: Holes = {
  C8: [
    ...['truncate', 'references', 'trigger', 'maintain'].map((privilege): [string, string, string] => [
      privilege.toUpperCase(),
      `grant ${privilege} on loyalty.wallets to app_write`,
      `loyalty.wallets: ${privilege.toUpperCase()} granted to app_write`,
    ]),
    [
      'REFERENCES on a column',
      'grant references (id) on loyalty.wallets to tributary_api',
      'loyalty.wallets: REFERENCES granted to tributary_api',
    ],
    [
      'UPDATE of history',
      'grant update on loyalty.reward_events to app_write',
      'loyalty.reward_events: UPDATE granted to app_write on an append-only table',
    ],
    [
      'UPDATE of a column of history',
      'grant update (points) on loyalty.reward_events to tributary_worker',
      'loyalty.reward_events: UPDATE (points) granted to tributary_worker on an append-only table',
    ],
    [
      'UPDATE of history by who writes it',
      'grant update (amount) on ledger.lot_uses to ledger_writer',
      'ledger.lot_uses: UPDATE (amount) granted to ledger_writer on an append-only table',
    ],
    [
      'DELETE of history',
      'grant delete on loyalty.reward_events to tributary_system',
      'loyalty.reward_events: DELETE granted to tributary_system on an append-only table',
    ],
    [
      'UPDATE where the trigger alone says append-only',
      `${sound} call audit.make_append_only('loyalty.planted'); grant update on loyalty.planted to app_write`,
      'loyalty.planted: UPDATE granted to app_write on an append-only table',
    ],
    [
      'a dropped append_only trigger',
      'drop trigger append_only on ledger.entries',
      'ledger.entries: no trigger refuses UPDATE and DELETE',
    ],
    [
      'a dropped trigger against TRUNCATE',
      'drop trigger append_only_truncate on ledger.postings',
      'ledger.postings: no trigger refuses TRUNCATE',
    ],
    [
      'folds without their triggers',
      'drop trigger append_only on ledger.folds; drop trigger append_only_truncate on ledger.folds',
      'ledger.folds: no trigger refuses TRUNCATE',
      'ledger.folds: no trigger refuses UPDATE and DELETE',
    ],
    [
      'a disabled trigger',
      'alter table loyalty.reward_events disable trigger append_only',
      'loyalty.reward_events: no trigger refuses UPDATE and DELETE',
    ],
    [
      'a trigger for one column',
      `drop trigger append_only on ledger.entries;
        create trigger append_only before delete or update of amount on ledger.entries for each row execute function audit.refuse_change()`,
      'ledger.entries: no trigger refuses UPDATE and DELETE',
    ],
    [
      'a partition of history that can be truncated',
      `${partitioned} call audit.make_append_only('loyalty.planted')`,
      'loyalty.part: no trigger refuses TRUNCATE',
    ],
    ['a grant to PUBLIC', 'grant insert on loyalty.customers to public', 'loyalty.customers: INSERT granted to PUBLIC'],
    [
      'a grant to an unknown role',
      superuser('create role planted; grant select (name) on identity.organizations to planted'),
      'identity.organizations: SELECT granted to planted',
    ],
    [
      'a grant to pass on',
      'grant select on loyalty.wallets to app_read with grant option',
      'loyalty.wallets: SELECT granted to app_read with grant option',
    ],
    ['a schema open to everybody', 'grant usage on schema ledger to public', 'schema ledger: USAGE granted to PUBLIC'],
    [
      'the record of migrations, readable',
      'grant usage on schema migrations to app_read; grant select on migrations.applied to app_read',
      'migrations.applied: SELECT granted to app_read',
      'schema migrations: USAGE granted to app_read',
    ],
    [
      'a function for an unknown role',
      superuser('create role planted; grant execute on function identity.current_org_id() to planted'),
      'function identity.current_org_id(): EXECUTE granted to planted',
    ],
    [
      'grants in advance',
      'alter default privileges in schema loyalty grant select on tables to app_read',
      'default privileges of tributary_owner: SELECT granted to app_read',
    ],
  ],
};
