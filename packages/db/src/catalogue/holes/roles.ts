import { definer, everyRole, type Holes, sound, superuser } from './hole.ts';

/** Powers no role of the application may have. */
export const roleHoles: Holes = {
  C7: [
    ['BYPASSRLS', superuser('alter role tributary_api bypassrls'), 'tributary_api: bypasses row-level security'],
    [
      'the attributes that make roles and databases',
      superuser('alter role tributary_worker superuser createrole createdb replication'),
      'tributary_worker: creates databases',
      'tributary_worker: creates roles',
      'tributary_worker: replicates',
      'tributary_worker: superuser',
      // A superuser passes every test of privilege.
      ...[
        'affiliate',
        'audit',
        'edge',
        'identity',
        'inbox',
        'information_schema',
        'ledger',
        'loyalty',
        'migrations',
        'pg_catalog',
        'pg_toast',
        'privacy',
        'public',
        'ref',
        'sync',
      ].map((schema) => `tributary_worker: may create in schema ${schema}`),
      'tributary_worker: may create schemas',
      'tributary_worker: may create temporary tables',
    ],
    ['a group that logs in', superuser('alter role app_read login'), 'app_read: logs in'],
    ['a reader of keys that logs in', superuser('alter role key_reader login'), 'key_reader: logs in'],
    [
      'a login that may become the reader of keys',
      'grant key_reader to tributary_api with inherit false, set true',
      'tributary_api: member of key_reader',
    ],
    [
      'a function of the ledger that belongs to the reader of keys',
      superuser('alter function ledger.balance_at owner to key_reader'),
      'key_reader: owns function ledger.balance_at(uuid,uuid,timestamp with time zone)',
      'C15 ledger.balance_at(uuid,uuid,timestamp with time zone): acts as key_reader and is granted to app_read',
    ],
    ['a writer of the ledger that logs in', superuser('alter role ledger_writer login'), 'ledger_writer: logs in'],
    [
      'membership of a role that reads everything',
      superuser('grant pg_read_all_data to tributary_api'),
      'tributary_api: member of pg_read_all_data',
    ],
    ...['app_read', 'tributary_system', 'ledger_writer'].map((group): [string, string, string] => [
      `consumers with the rows of ${group}`,
      superuser(`grant ${group} to tributary_consumer`),
      `tributary_consumer: member of ${group}`,
    ]),
    ['membership of the consumers', 'grant tributary_consumer to app_read', 'app_read: member of tributary_consumer'],
    [
      'a person for everybody who logs in',
      superuser(`alter role tributary_worker set app.user_id = '00000000-0000-7000-8000-000000000000'`),
      'tributary_worker: starts with app.user_id',
    ],
    [
      'a contact by default',
      superuser(`alter role tributary_consumer set app.consumer_email = 'ann@example.com'`),
      'tributary_consumer: starts with app.consumer_email',
    ],
    [
      'membership of another login',
      'grant tributary_worker to tributary_api',
      'tributary_api: member of tributary_worker',
    ],
    [
      'a membership only one of the groups may have',
      'grant app_write to tributary_api',
      'tributary_api: member of app_write',
    ],
    [
      'a membership to pass on',
      'grant app_read to tributary_api with admin option',
      'tributary_api: member of app_read',
    ],
    [
      'an unknown login in a group',
      superuser('create role planted login; grant app_read to planted'),
      'planted: member of app_read',
    ],
    [
      'a group that acts as the writer of the ledger',
      'grant ledger_writer to app_write with inherit true',
      'app_write: member of ledger_writer',
    ],
    [
      'an unknown login that may become it',
      superuser('create role planted login; grant ledger_writer to planted with inherit false, set true'),
      'planted: member of ledger_writer',
    ],
    [
      'an unknown login that may let others become it',
      superuser('create role planted login; grant ledger_writer to planted with admin true, inherit false, set false'),
      'planted: member of ledger_writer',
    ],
    [
      'an owner that writes the ledger without asking',
      'grant ledger_writer to tributary_owner with inherit true',
      'tributary_owner: member of ledger_writer',
    ],
    [
      'a writer of the ledger with the rows of a login',
      superuser('grant tributary_system to ledger_writer'),
      'ledger_writer: member of tributary_system',
    ],
    [
      'a table of the ledger that its writer owns',
      superuser('alter table ledger.folds owner to ledger_writer'),
      'ledger_writer: owns table ledger.folds',
    ],
    [
      'a view of the ledger that its writer owns',
      superuser(
        'create view ledger.planted with (security_invoker = true) as select 1 as one; alter view ledger.planted owner to ledger_writer',
      ),
      'ledger_writer: owns view ledger.planted',
    ],
    [
      'a function of its own outside the ledger',
      superuser(
        `${definer} revoke execute on function loyalty.planted() from public; alter function loyalty.planted() owner to ledger_writer`,
      ),
      'ledger_writer: owns function loyalty.planted()',
    ],
    [
      'CREATE left to it on its schema',
      'grant create on schema ledger to ledger_writer',
      'ledger_writer: may create in schema ledger',
    ],
    [
      'a table it owns',
      superuser(
        `${sound} alter table loyalty.planted owner to tributary_system; revoke all on schema loyalty from tributary_system`,
      ),
      'tributary_system: owns table loyalty.planted',
    ],
    [
      'CREATE on a schema',
      'grant create on schema loyalty to app_write',
      'app_write: may create in schema loyalty',
      'tributary_worker: may create in schema loyalty',
    ],
    [
      'CREATE on public for everybody',
      superuser('grant create on schema public to public'),
      ...everyRole('may create in schema public'),
    ],
    [
      'TEMP for everybody',
      superuser(`do $$ begin execute format('grant temporary on database %I to public', current_database()); end $$`),
      ...everyRole('may create temporary tables'),
    ],
    [
      'CREATE on the database',
      superuser(`do $$ begin execute format('grant create on database %I to app_read', current_database()); end $$`),
      'app_read: may create schemas',
      'tributary_api: may create schemas',
      'tributary_worker: may create schemas',
    ],
    [
      'an organization by default',
      superuser(`alter role tributary_api set app.org_id = '00000000-0000-7000-8000-000000000000'`),
      'tributary_api: starts with app.org_id',
    ],
    [
      'a setting that turns triggers off',
      superuser('grant set on parameter session_replication_role to tributary_worker'),
      'tributary_worker: may set session_replication_role',
    ],
  ],
};
