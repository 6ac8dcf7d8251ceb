import type { Database } from '@tributary/db/connection';
import { type TenantTransaction, withTenant } from '@tributary/db/transaction';
import { bury, findErased } from './erased.ts';
import { type Name, nameKey, nameOf, namesOf } from './names.ts';
import type { ErasedNames } from './replace-id.ts';
import { type StoredObject, type SweepPage, type SweptObjects, sweepObjects, sweptObjects } from './sweep-tables.ts';

export interface TwinDependencies {
  worker: Database;
  eraseLate(tx: TenantTransaction, customerId: string, requestedAt: Date): Promise<void>;
}

interface Known {
  kind: string;
  provider: string;
  value: string;
  customerId: string;
}

const always = new Date(0);

/**
 * Erases from what an organization was computed into again (`sync.rebuilds`) whom it has erased itself. A twin has a key of its own, so
 * names are compared in the organization and remembered in the twin.
 */
export async function sweepTwins({ worker, eraseLate }: TwinDependencies, orgId: string): Promise<void> {
  const inLive = <Result>(work: (tx: TenantTransaction) => Promise<Result>) =>
    withTenant({ database: worker, orgId }, work);
  const twins = await inLive((tx) =>
    tx.query<{ twinOrgId: string }>('select twin_org_id as "twinOrgId" from sync.rebuilds where org_id = $1', [
      tx.orgId,
    ]),
  );
  for (const { twinOrgId } of twins) {
    const inTwin = <Result>(work: (tx: TenantTransaction) => Promise<Result>) =>
      withTenant({ database: worker, orgId: twinOrgId }, work);
    const identities = await inTwin(readIdentities);
    const erased = await inLive((tx) => findErased(tx, identities.map(nameOf)));
    const theirs = identities.filter((one) => erased.has(nameKey(nameOf(one))));
    for (const customerId of new Set(theirs.map((one) => one.customerId)))
      await inTwin((tx) => eraseLate(tx, customerId, always));
    await sweepTwinObjects(inLive, inTwin);
  }
}

const readIdentities = (tx: TenantTransaction) =>
  tx.query<Known>(
    `select kind, provider, value, customer_id as "customerId" from loyalty.customer_identities
     where org_id = $1 and not is_pseudonym`,
    [tx.orgId],
  );

type InTenant = <Result>(work: (tx: TenantTransaction) => Promise<Result>) => Promise<Result>;

async function sweepTwinObjects(inLive: InTenant, inTwin: InTenant): Promise<void> {
  let from: string | null = null;
  do {
    const page: SweepPage = { from };
    const swept: SweptObjects = await inTwin((tx) => sweptObjects(tx, page));
    const names = swept.rows.flatMap(namesOfObject);
    const erased = await inLive((tx) => findErased(tx, names));
    if (erased.size > 0) {
      await inTwin(async (tx) => {
        await remember(tx, names, erased);
        await sweepObjects(tx, page);
      });
    }
    from = swept.next;
  } while (from !== null);
}

const namesOfObject = ({ provider, body }: StoredObject) => [...namesOf(body, provider, '').values()];

async function remember(tx: TenantTransaction, names: readonly Name[], erased: ErasedNames): Promise<void> {
  for (const areReferences of [false, true]) {
    const some = names.filter((name) => erased.get(nameKey(name))?.isReference === areReferences);
    const [first] = some;
    const customerId = first && erased.get(nameKey(first))?.customerId;
    if (customerId !== undefined) await bury(tx, customerId, some, { areReferences });
  }
}
