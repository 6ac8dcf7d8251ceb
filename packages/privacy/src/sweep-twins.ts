import type { Database } from '@tributary/db/connection';
import { type TenantTransaction, withTenant } from '@tributary/db/transaction';
import { buryEach, findErased, known } from './erased.ts';
import { type Name, nameKey, nameOf, namesOf } from './names.ts';
import { nextOf, pageBounds, readObjects, type SweepPage, smallest, sweepObjects } from './sweep-tables.ts';

export interface TwinDependencies {
  worker: Database;
  /** Erases a customer again: what was written of them by transactions that did not see the erasure yet. */
  eraseLate(tx: TenantTransaction, customerId: string, requestedAt: Date): Promise<void>;
  /** What a domain has read of facts, which may name people it does not know as customers. */
  facts: TwinPart;
}

/** Rows that name somebody, in pages. */
export interface TwinPart {
  /** What the page names. @param country of the organization, ISO 3166-1 alpha-2 */
  readNames(tx: TenantTransaction, page: SweepPage, country: string): Promise<Name[]>;
  /** Takes out of the page who is erased. @returns where the next begins; null after the last */
  sweep(tx: TenantTransaction, page: SweepPage): Promise<string | null>;
}

const parts = ['persons', 'facts', 'objects'] as const;

interface Place {
  twinOrgId: string;
  part: (typeof parts)[number];
  from: string | null;
}

/**
 * Erases from what an organization was computed into again (`sync.rebuilds`) whom it has erased itself, one page. A twin has a key of its
 * own, so names are compared in the organization and remembered in the twin. @returns where the next page begins; null after the last
 */
export async function sweepTwins(
  { worker, orgId, eraseLate, facts }: TwinDependencies & { orgId: string },
  { from }: SweepPage,
): Promise<string | null> {
  const asked: Place = from === null ? firstOf(smallest) : JSON.parse(from);
  const [twinOrgId, following] = await withTenant({ database: worker, orgId }, (tx) => readTwins(tx, asked.twinOrgId));
  if (twinOrgId === undefined) return null;
  const place = twinOrgId === asked.twinOrgId ? asked : firstOf(twinOrgId);
  const part = { persons: persons(eraseLate), facts, objects }[place.part];
  const next = await sweepPart({ worker, orgId }, place, part);
  if (next !== null) return JSON.stringify({ ...place, from: next });
  const after = parts[parts.indexOf(place.part) + 1];
  if (after !== undefined) return JSON.stringify({ ...place, part: after, from: null });
  return following === undefined ? null : JSON.stringify(firstOf(following));
}

const firstOf = (twinOrgId: string): Place => ({ twinOrgId, part: parts[0], from: null });

async function readTwins(tx: TenantTransaction, from: string): Promise<string[]> {
  const rows = await tx.query<{ twinOrgId: string }>(
    `select distinct twin_org_id as "twinOrgId" from sync.rebuilds where org_id = $1 and twin_org_id >= $2 order by 1 limit 2`,
    [tx.orgId, from],
  );
  return rows.map(({ twinOrgId }) => twinOrgId);
}

async function sweepPart(
  { worker, orgId }: { worker: Database; orgId: string },
  { twinOrgId, from }: Place,
  part: TwinPart,
): Promise<string | null> {
  const inTwin = <Result>(work: (tx: TenantTransaction) => Promise<Result>) =>
    withTenant({ database: worker, orgId: twinOrgId }, work);
  const { country } = await inTwin(known);
  const names = await inTwin((tx) => part.readNames(tx, { from }, country));
  const erased = await withTenant({ database: worker, orgId }, (tx) => findErased(tx, names));
  const theirs = names.flatMap((name) => {
    const one = erased.get(nameKey(name));
    return one === undefined ? [] : [{ name, ...one }];
  });
  return inTwin(async (tx) => {
    await buryEach(tx, theirs);
    return part.sweep(tx, { from });
  });
}

interface Person {
  id: string;
  identities: { kind: string; provider: string; value: string }[];
}

/** Customers in the order of their ids, with what they are known by. */
const readPersons = (tx: TenantTransaction, page: SweepPage) =>
  tx.query<Person>(
    `select c.id, coalesce(json_agg(i) filter (where i.kind is not null), '[]') as identities from (
       select id from loyalty.customers where org_id = $1 and id >= $2 order by id limit $3
     ) c left join loyalty.customer_identities i on i.org_id = $1 and i.customer_id = c.id and not i.is_pseudonym
     group by c.id order by c.id`,
    [tx.orgId, ...pageBounds(page)],
  );

/** No fact is late here: they are a part of their own. */
const never = new Date('9999-12-31T00:00:00Z');

const persons = (eraseLate: TwinDependencies['eraseLate']): TwinPart => ({
  readNames: async (tx, page) => (await readPersons(tx, page)).flatMap(({ identities }) => identities.map(nameOf)),
  sweep: async (tx, page) => {
    const rows = await readPersons(tx, page);
    const erased = await findErased(
      tx,
      rows.flatMap(({ identities }) => identities.map(nameOf)),
    );
    for (const { id, identities } of rows)
      if (identities.some((one) => erased.has(nameKey(nameOf(one))))) await eraseLate(tx, id, never);
    return nextOf(rows);
  },
});

const objects: TwinPart = {
  readNames: async (tx, page, country) =>
    (await readObjects(tx, page)).flatMap(({ provider, body }) => [...namesOf(body, provider, country).values()]),
  sweep: async (tx, page) => (await sweepObjects(tx, page)).next,
};
