/**
 * By check: what the hole is; how to plant it, as the owner of the schemas; and all that must be found then, as
 * `object: problem`, by this check; what another finds too has that one's id in front.
 */
export type Holes = Readonly<Record<string, [hole: string, plant: string, ...finds: string[]][]>>;

export const own = `(select nullif(current_setting('app.org_id', true), '')::uuid)`;
export const columns = 'org_id uuid not null, id uuid not null default uuidv7(), name text, reference uuid';

const isolated = `call identity.isolate('loyalty.planted'); grant select on loyalty.planted to app_read;`;

/** A table as it should be, to be spoilt. */
export const sound = `create table loyalty.planted (${columns}, primary key (org_id, id)); ${isolated}`;

export const partitioned = `
  create table loyalty.planted (${columns}, day date not null, primary key (org_id, id, day)) partition by range (day); ${isolated}
  create table loyalty.part partition of loyalty.planted for values from ('2026-01-01') to ('2027-01-01');`;

export const altered = (change: string) => `${sound} alter table loyalty.planted ${change}`;

/** The table with another `tenant` policy. */
export const policy = (rest: string) =>
  `${sound} drop policy tenant on loyalty.planted; create policy tenant on loyalty.planted ${rest}`;

export const writer = (rest = '') =>
  `create function loyalty.planted() returns int language sql ${rest} as 'select 1';`;

export const definer = writer(`security definer set search_path = ''`);

/** Statements from here on run as the superuser. */
export const superuser = (statements: string) => `reset role; ${statements}`;

export const everyRole = (problem: string) =>
  [
    'app_read',
    'app_write',
    'audit_writer',
    'key_reader',
    'ledger_writer',
    'member_reader',
    'name_keeper',
    'rate_limiter',
    'tributary_api',
    'tributary_consumer',
    'tributary_identity',
    'tributary_system',
    'tributary_worker',
  ].map((role) => `${role}: ${problem}`);
