import { altered, type Holes, sound } from './hole.ts';

/** Keys, references and indexes that tell one organization about another. */
export const shapeHoles: Holes = {
  C5: [
    [
      'a lone reference to a tenant table',
      `${sound} alter table loyalty.planted add unique (id), add foreign key (reference) references loyalty.planted (id)`,
      'loyalty.planted: foreign key planted_reference_fkey does not carry the organization to loyalty.planted',
    ],
    [
      'the organization on one side only',
      altered('add foreign key (reference, id) references loyalty.planted (org_id, id)'),
      'loyalty.planted: foreign key planted_reference_id_fkey does not carry the organization to loyalty.planted',
    ],
    [
      'an organization that is not the row’s own',
      altered('add foreign key (reference) references identity.organizations (id)'),
      'loyalty.planted: foreign key planted_reference_fkey does not carry the organization to identity.organizations',
    ],
    [
      'a reference by which a tenant can probe a system table',
      'grant insert on inbox.events to app_write',
      'inbox.events: foreign key events_delivery_id_fkey lets app_write probe inbox.deliveries',
    ],
    [
      'the same through one column',
      'grant update (delivery_id) on inbox.events to tributary_api',
      'inbox.events: foreign key events_delivery_id_fkey lets tributary_api probe inbox.deliveries',
    ],
    [
      'an organization that may be null',
      altered('drop constraint planted_pkey, alter org_id drop not null'),
      'loyalty.planted: org_id may be null',
    ],
  ],
  C6: [
    [
      'names unique across organizations',
      altered('add unique (name)'),
      'loyalty.planted: loyalty.planted_name_key is unique across organizations',
    ],
    [
      'the organization merely included',
      `${sound} create unique index planted_lower on loyalty.planted (lower(name)) include (org_id)`,
      'loyalty.planted: loyalty.planted_lower is unique across organizations',
    ],
    [
      'a uuid with something beside it',
      altered('add unique (reference, name)'),
      'loyalty.planted: loyalty.planted_reference_name_key is unique across organizations',
    ],
    [
      'an exclusion',
      altered('add constraint planted_apart exclude using btree (name with =)'),
      'loyalty.planted: loyalty.planted_apart is unique across organizations',
    ],
    [
      'an excused key that a tenant can insert',
      'grant insert on sync.routes to app_write',
      'sync.routes: sync.routes_pkey is unique across organizations',
    ],
    [
      'an excused key that a tenant can change',
      'grant update (account_ref) on sync.routes to tributary_api',
      'sync.routes: sync.routes_pkey is unique across organizations',
    ],
    [
      'an id that a tenant can work out',
      altered('add unique (reference)'),
      'loyalty.planted: loyalty.planted_reference_key is unique across organizations',
    ],
    [
      'an id with a default that everybody knows',
      altered(`alter reference set default '00000000-0000-7000-8000-000000000000', add unique (reference)`),
      'loyalty.planted: loyalty.planted_reference_key is unique across organizations',
    ],
    [
      'keys of the ledger that a tenant can insert',
      'grant insert on ledger.postings, ledger.entries, ledger.records to app_write',
      'ledger.entries: ledger.entries_pkey is unique across organizations',
      'ledger.postings: ledger.postings_pkey is unique across organizations',
      'ledger.records: ledger.records_pkey is unique across organizations',
      'C13 ledger.entries: INSERT of the ledger granted to app_write',
      'C13 ledger.postings: INSERT of the ledger granted to app_write',
      'C13 ledger.records: INSERT of the ledger granted to app_write',
    ],
    [
      'names unique across organizations on a shipped table',
      'alter table identity.organizations add unique (name)',
      'identity.organizations: identity.organizations_name_key is unique across organizations',
    ],
  ],
  C10: [
    [
      'a serial id',
      altered('drop column id, add id bigserial'),
      'loyalty.planted: id is numbered by a sequence',
      'loyalty.planted_id_seq: a sequence',
    ],
    [
      'an identity column',
      altered('add number int generated always as identity'),
      'loyalty.planted: number is numbered by a sequence',
      'loyalty.planted_number_seq: a sequence',
    ],
    [
      'a sequence granted to the application',
      'create sequence ledger.planted; grant usage on sequence ledger.planted to app_write',
      'ledger.planted: a sequence',
    ],
    [
      'a sequence kept out of sight',
      `create sequence migrations.planted; ${altered(`add number int default nextval('migrations.planted')`)}`,
      'loyalty.planted: number is numbered by a sequence',
    ],
    [
      'an id of whole numbers',
      altered('alter id drop default, alter id type int using 1'),
      'loyalty.planted: id is not a uuid by uuidv7()',
    ],
    ['a random id', altered('alter id set default gen_random_uuid()'), 'loyalty.planted: id is not a uuid by uuidv7()'],
  ],
  C12: [
    [
      'an index that mixes organizations',
      `${sound} create index planted_name on loyalty.planted (name, org_id)`,
      'loyalty.planted: loyalty.planted_name does not lead with the organization',
    ],
    [
      'a unique index that ends with the organization',
      altered('add unique (name, org_id)'),
      'loyalty.planted: loyalty.planted_name_org_id_key does not lead with the organization',
    ],
    [
      'an index of postings that holds more than their ids',
      'drop index ledger.entries_posting; create index entries_posting on ledger.entries (posting_id, amount)',
      'ledger.entries: ledger.entries_posting does not lead with the organization',
    ],
    [
      'an excused index on something else',
      'drop index ledger.records_posting; create index records_posting on ledger.records (account_id)',
      'ledger.records: ledger.records_posting does not lead with the organization',
    ],
  ],
};
