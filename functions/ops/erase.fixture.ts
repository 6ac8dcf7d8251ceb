import { hash } from 'node:crypto';
import type { Json } from '@tributary/core/canonical-json';
import { withTenant } from '@tributary/db/transaction';
import { eraseCustomer } from '@tributary/loyalty/customer/erase-customer';
import { eraseLate } from '@tributary/loyalty/customer/erase-late';
import { keptSales } from '@tributary/loyalty/customer/erase-sales';
import { type FailedErasure, sweepErasures } from '@tributary/privacy/sweep-erasure';
import type { DeliveryMessage } from '@tributary/queue/message';
import type { TestDatabase } from '@tributary/testing/database';
import type { Trade } from './trade.fixture.ts';

/** In every field that may tell of the subject. The number is written in the ways of three channels. */
export const canaryMobile = '+14155550143';
export const canaryEmail = 'Canary.Ann@Example.com';

type Members = Record<string, Json>;
const isObject = (value: Json): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const address = { address_line_1: '1 Canary Wharf', first_name: 'Canary', postal_code: 'CANARY 1' };

/** What providers say of a person beside what our simulators do, by a field that tells which kind of object it is. */
const said: readonly [is: (object: Members) => boolean, more: Members][] = [
  [
    ({ customer_id: customerId, amount_money: amount }) => amount !== undefined && /^CANARY/.test(String(customerId)),
    {
      billing_address: address,
      shipping_address: address,
      buyer_email_address: canaryEmail,
      card_details: { card: { cardholder_name: 'CANARY/ANN', last_4: '1111', fingerprint: 'sq-1-canary' } },
      note: 'For Canary, call (415) 555-0143',
      receipt_url: 'https://squareup.com/receipt/preview/canary',
    },
  ],
  [
    // Of an order nothing tells whose it is but the payment.
    ({ line_items: lines, customer_id: customerId }) => lines !== undefined && /^CANARY/.test(String(customerId)),
    {
      customer_id: null,
      ticket_name: 'Canary',
      fulfillments: [{ pickup_details: { recipient: { display_name: 'Canary Ann' } } }],
    },
  ],
  [
    ({ id, marketingAllowed }) => /^CANARY/.test(String(id)) && marketingAllowed !== undefined,
    {
      firstName: 'Canary',
      lastName: 'Ann',
      emailAddresses: { elements: [{ emailAddress: canaryEmail }, { emailAddress: 'second.canary@example.com' }] },
      phoneNumbers: { elements: [{ phoneNumber: '(415) 555-0143' }] },
    },
  ],
  [
    ({ tipAmount, result }) => tipAmount !== undefined || result !== undefined,
    { note: 'the canary lady', cardTransaction: { cardholderName: 'CANARY/ANN', first6: '411111' } },
  ],
];

/** A document of a provider with all that it might say of the person. */
function tellAll(value: Json): Json {
  if (Array.isArray(value)) return value.map(tellAll);
  if (!isObject(value)) return value;
  const members = Object.fromEntries(Object.entries(value).map(([name, member]) => [name, tellAll(member)]));
  return Object.assign(members, ...said.map(([is, more]) => (is(value) ? more : {})));
}

const tellAllOf = (text: string) => (text === '' ? text : JSON.stringify(tellAll(JSON.parse(text))));

/** From now on its provider tells all, in answers as in deliveries, of which there is a copy. */
export function outspoken<Told extends Trade>(trade: Told): Told & { delivered: readonly DeliveryMessage[] } {
  const delivered: DeliveryMessage[] = [];
  const { fetch: ask } = trade.shop;
  trade.shop.fetch = async (input, init) => {
    const answer = await ask(input, init);
    const text = await answer.text();
    const body = answer.status === 204 || answer.status === 304 ? null : tellAllOf(text);
    return new Response(body, { status: answer.status, headers: answer.headers });
  };
  const take = trade.mailbox.push.bind(trade.mailbox);
  trade.mailbox.push = (...messages) => {
    const told = messages.map(outspokenDelivery);
    delivered.push(...told);
    return take(...told);
  };
  return { ...trade, delivered };
}

function outspokenDelivery(message: DeliveryMessage): DeliveryMessage {
  const body = Buffer.from(tellAllOf(Buffer.from(message.body, 'base64').toString()));
  return { ...message, body: body.toString('base64'), sha256: hash('sha256', body) };
}

/** The same delivery as another sender would write it: its bytes are new, what it says is not. */
export function rewritten(message: DeliveryMessage): DeliveryMessage {
  const body = Buffer.from(JSON.stringify(JSON.parse(Buffer.from(message.body, 'base64').toString()), null, 2));
  return { ...message, body: body.toString('base64'), sha256: hash('sha256', body) };
}

export const erase = (database: TestDatabase, orgId: string, customerId: string, reason = 'asked for it, case 17') =>
  withTenant({ database: database.api, orgId }, (tx) =>
    eraseCustomer({ tx, actor: 'owner', client: undefined, now: new Date() }, { customerId, reason }),
  );

function fail({ error }: FailedErasure): never {
  throw error;
}

/** As the schedule does an hour later. */
export const sweep = ({ worker, system }: TestDatabase, change: { mayGoOn?: () => boolean } = {}) =>
  sweepErasures(
    { worker, system, eraseLate, facts: keptSales, mayGoOn: () => true, report: fail, ...change },
    new Date(Date.now() + 3_600_000),
  );

/** Where any of these stands, in whatever case and wherever in a value, by column: all columns of all tables that can hold a text. */
export async function findText({ superuser }: TestDatabase, ...texts: string[]): Promise<Record<string, number>> {
  const { rows: columns } = await superuser.query<{ table: string; column: string; type: string }>(
    `select format('%I.%I', n.nspname, c.relname) as table, quote_ident(a.attname) as column, format_type(a.atttypid, null) as type
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace
     where c.relkind in ('r', 'p', 'm') and a.attnum > 0 and not a.attisdropped
       and n.nspname not in ('pg_catalog', 'information_schema', 'migrations') and n.nspname !~ '^pg_(toast|temp)'`,
  );
  const hits: Record<string, number> = {};
  for (const { table, column, type } of columns) {
    const text = type === 'bytea' ? `encode(${column}, 'escape')` : `${column}::text`;
    const { rows } = await superuser.query(
      `select count(*)::int as hits from ${table} where exists (select from unnest($1::text[]) wanted where strpos(lower(${text}), lower(wanted)) > 0)`,
      [texts],
    );
    if (rows[0].hits > 0) hits[`${table}.${column}`] = rows[0].hits;
  }
  return { ...hits, searched: columns.length };
}

/** All that the ledger of an organization holds, as one hash, and how many rows that are. */
export async function hashLedger({ superuser }: TestDatabase, orgId: string): Promise<{ rows: number; hash: string }> {
  const tables = ['accounts', 'postings', 'entries', 'records', 'lots', 'holds', 'lot_uses', 'reversals', 'folds'];
  const union = tables.map(
    (name) => `select '${name} ' || to_jsonb(t)::text as line from ledger.${name} t where org_id = $1`,
  );
  const { rows } = await superuser.query(
    `select count(*)::int as rows, encode(sha256(convert_to(string_agg(line, chr(10) order by line), 'UTF8')), 'hex') as hash
     from (${union.join(' union all ')}) l`,
    [orgId],
  );
  return rows[0];
}
