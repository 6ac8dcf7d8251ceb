import { type Holes, own, sound } from './hole.ts';

const setting = (kind: string) => `(select nullif(current_setting('app.consumer_${kind}', true), ''))`;
const email = `kind = 'email' and value = ${setting('email')}`;
const mobile = `kind = 'mobile' and value = ${setting('mobile')}`;
const contacts = `${email} or ${mobile}`;

/** A table with this policy for consumers in place of its own. */
const replaced = (hole: string, table: string, rest: string): [string, string, string] => [
  hole,
  `drop policy consumer on ${table}; create policy consumer on ${table} ${rest}`,
  `${table}: policy consumer is not an allowed one`,
];

const seen = (hole: string, table: string, condition: string) =>
  replaced(hole, table, `for select to tributary_consumer using (${condition})`);

/** Policies by which somebody who buys would see more than what is theirs. */
export const consumerPolicyHoles: [hole: string, plant: string, finds: string][] = [
  seen('wallets of everybody', 'loyalty.wallets', 'true'),
  seen(
    'wallets of everybody at the same organization',
    'loyalty.wallets',
    'exists (select from loyalty.customer_identities i where i.org_id = wallets.org_id)',
  ),
  seen(
    'wallets of a customer with the same id elsewhere',
    'loyalty.wallets',
    'exists (select from loyalty.customer_identities i where i.customer_id = wallets.customer_id)',
  ),
  seen('contacts of everybody', 'loyalty.customer_identities', 'true'),
  seen('contacts whatever their kind', 'loyalty.customer_identities', `value = ${setting('email')} or ${mobile}`),
  seen(
    'ids at a provider beside contacts',
    'loyalty.customer_identities',
    `${contacts} or kind = 'external' and value = ${setting('email')}`,
  ),
  seen(
    'an empty contact that is somebody',
    'loyalty.customer_identities',
    `kind = 'email' and value = (select current_setting('app.consumer_email', true)) or ${mobile}`,
  ),
  seen('an organization that whoever asks may name', 'identity.organizations', `id = ${own}`),
  replaced(
    'the contacts of a consumer for tenants too',
    'loyalty.customer_identities',
    `for select to tributary_consumer, app_read using (${contacts})`,
  ),
  replaced(
    'the contacts of a consumer for every command',
    'loyalty.customer_identities',
    `to tributary_consumer using (${contacts}) with check (${contacts})`,
  ),
  [
    'the contacts of a consumer on another table',
    `${sound} alter table loyalty.planted add kind text, add value text;
      create policy consumer on loyalty.planted for select to tributary_consumer using (${contacts})`,
    'loyalty.planted: policy consumer is not an allowed one',
  ],
];

const granted = (table: string, ...columns: string[]): [string, string, string] => {
  const one = columns.length > 0 ? ` (${columns})` : '';
  return [
    `SELECT${one} on ${table}`,
    `grant select${one} on ${table} to tributary_consumer`,
    `${table}: SELECT${one} granted to consumers`,
  ];
};

/** Grants by which somebody who buys could read or do more than they are shown. */
export const consumerHoles: Holes = {
  C14: [
    granted('loyalty.wallets'),
    granted('loyalty.transactions'),
    granted('audit.records'),
    granted('loyalty.customer_identities', 'value'),
    granted('ledger.postings', 'metadata'),
    granted('loyalty.adjustments', 'reason'),
    [
      'a contact they give themselves',
      'grant insert on loyalty.customer_identities to tributary_consumer',
      'loyalty.customer_identities: INSERT granted to consumers',
    ],
    [
      'a wallet they change',
      'grant update (status) on loyalty.wallets to tributary_consumer',
      'loyalty.wallets: UPDATE (status) granted to consumers',
    ],
    [
      'a function',
      'grant execute on function identity.current_org_id to tributary_consumer',
      'identity.current_org_id(): EXECUTE granted to consumers',
    ],
  ],
};
