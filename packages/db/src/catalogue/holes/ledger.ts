import { definer, type Holes } from './hole.ts';

const asWriter = (statements: string) => `set role ledger_writer; ${statements}; set role tributary_owner`;

/** Ways past the functions of the ledger. */
export const ledgerHoles: Holes = {
  C13: [
    [
      'INSERT of what only functions write',
      'grant insert on ledger.lots to app_write',
      'ledger.lots: INSERT of the ledger granted to app_write',
    ],
    [
      'INSERT for a login of another kind',
      'grant insert on ledger.holds to tributary_system',
      'ledger.holds: INSERT of the ledger granted to tributary_system',
    ],
    [
      'UPDATE of a hold',
      'grant update (status) on ledger.holds to tributary_api',
      'ledger.holds: UPDATE (status) of the ledger granted to tributary_api',
    ],
    [
      'DELETE of a lot',
      'grant delete on ledger.lots to tributary_worker',
      'ledger.lots: DELETE of the ledger granted to tributary_worker',
    ],
    [
      'UPDATE of a balance',
      'grant update (balance, version) on ledger.accounts to app_write',
      'ledger.accounts: UPDATE (balance) of the ledger granted to app_write',
      'ledger.accounts: UPDATE (version) of the ledger granted to app_write',
    ],
    [
      'an account opened with a balance',
      'grant insert (balance) on ledger.accounts to app_write',
      'ledger.accounts: INSERT (balance) of the ledger granted to app_write',
    ],
    [
      'an account opened with whatever its columns are',
      'grant insert on ledger.accounts to tributary_api',
      'ledger.accounts: INSERT of the ledger granted to tributary_api',
    ],
    [
      'a new table of the ledger that tenants write',
      `create table ledger.planted (org_id uuid not null, id uuid not null default uuidv7(), primary key (org_id, id));
        call identity.isolate('ledger.planted'); grant select, insert on ledger.planted to app_write`,
      'ledger.planted: INSERT of the ledger granted to app_write',
    ],
    [
      'a step of posting that tenants may take alone',
      asWriter('grant execute on function ledger.move_lots to app_write'),
      'ledger.move_lots(uuid,uuid[],uuid[],bigint[],jsonb[]): acts as ledger_writer and is granted to app_write',
    ],
    [
      'a function of the ledger for who works across organizations',
      asWriter('grant execute on function ledger.fold to tributary_system'),
      'ledger.fold(uuid,uuid): acts as ledger_writer and is granted to tributary_system',
    ],
    [
      'a function of the ledger that acts as its caller’s superior',
      'alter function ledger.unfolded security definer set search_path = pg_catalog',
      'ledger.unfolded(uuid,uuid): security definer of the ledger and not of ledger_writer, granted to app_read',
      'ledger.unfolded(uuid,uuid): security definer of the ledger and not of ledger_writer, granted to ledger_writer',
    ],
    [
      'a function of the ledger that everybody may call',
      asWriter('grant execute on function ledger.fold to public'),
      'ledger.fold(uuid,uuid): acts as ledger_writer and is granted to PUBLIC',
      'C4 ledger.fold(uuid,uuid): executable by PUBLIC',
    ],
    [
      'tables of a domain open to the writer',
      'grant select on loyalty.wallets to ledger_writer',
      'loyalty.wallets: SELECT granted to ledger_writer beyond what it writes',
    ],
    [
      'DELETE for the writer',
      'grant delete on ledger.holds to ledger_writer',
      'ledger.holds: DELETE granted to ledger_writer beyond what it writes',
    ],
    [
      'every column of an account, its floor too, for the writer',
      'grant update on ledger.accounts to ledger_writer',
      'ledger.accounts: UPDATE granted to ledger_writer beyond what it writes',
    ],
    [
      'another schema open to the writer',
      'grant usage on schema loyalty to ledger_writer',
      'schema loyalty: USAGE granted to ledger_writer beyond what it writes',
    ],
    [
      'a function of another schema for the writer',
      `${definer} grant execute on function loyalty.planted() to ledger_writer`,
      'loyalty.planted(): EXECUTE granted to ledger_writer beyond what it writes',
    ],
  ],
};
