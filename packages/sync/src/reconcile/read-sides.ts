import type { Fact } from '@tributary/core/facts';
import type { TenantTransaction } from '@tributary/db/transaction';
import { findErased, known } from '@tributary/privacy/erased';
import { findPseudonyms } from '@tributary/privacy/find-pseudonyms';
import { forgetFacts } from '@tributary/privacy/forget-facts';
import { idName } from '@tributary/privacy/names';
import { replaceId } from '@tributary/privacy/replace-id';
import { type Compared, type Held, isCompared, keyOf, type ReadHeld, refOf } from './compared.ts';

/** What is compared. Objects of erased subjects go by their pseudonyms on both sides. */
export interface Sides {
  listed: readonly Compared[];
  held: readonly Held[];
  /** Of what is held, the ids that no provider knows. */
  pseudonyms: ReadonlySet<string>;
  /** By pseudonym, the id under which the provider listed it. */
  originals: ReadonlyMap<string, string>;
}

/**
 * Reads what is held of what was listed, and forgets on both sides what was erased. Here an object may have its name still, or its pseudonym
 * already. One that is held under a pseudonym and was not listed is left out: nobody can ask what became of it.
 */
export async function readSides(
  tx: TenantTransaction,
  readHeld: ReadHeld,
  wanted: Omit<Parameters<ReadHeld>[1], 'refs'>,
  facts: readonly Fact[],
): Promise<Sides> {
  const asListed = facts.filter(isCompared);
  if (!(await known(tx)).hasErased) {
    const held = await readHeld(tx, { ...wanted, refs: asListed.map(refOf) });
    return { listed: asListed, held, pseudonyms: new Set(), originals: new Map() };
  }
  const listed = (await forgetFacts(tx, asListed)).filter(isCompared);
  const refs = [...new Map([...asListed, ...listed].map((one) => [keyOf(refOf(one)), refOf(one)])).values()];
  const held = newestOfEach(await forgetHeld(tx, wanted.provider, await readHeld(tx, { ...wanted, refs })));
  const original = new Set(asListed.map(keyed));
  const unasked = held.filter(({ compared }) => !original.has(keyed(compared)));
  const pseudonyms = await findPseudonyms(
    tx,
    unasked.map(({ compared }) => compared.externalId),
  );
  const isListed = new Set(listed.map(keyed));
  return {
    listed,
    held: held.filter(({ compared }) => isListed.has(keyed(compared)) || !pseudonyms.has(compared.externalId)),
    pseudonyms,
    originals: new Map(listed.map(({ externalId }, index) => [externalId, asListed[index]?.externalId ?? externalId])),
  };
}

const keyed = (one: Compared) => keyOf(refOf(one));

async function forgetHeld(tx: TenantTransaction, provider: string, held: readonly Held[]): Promise<Held[]> {
  const erased = await findErased(
    tx,
    held.map(({ compared }) => idName(provider, compared.externalId)),
  );
  return held.map(({ compared, points }) => ({
    compared: { ...compared, externalId: replaceId(compared.externalId, erased, provider) },
    points,
  }));
}

/** Under its name and its pseudonym it is one object. */
function newestOfEach(held: readonly Held[]): Held[] {
  const versionMs = ({ compared }: Held) => compared.version.getTime();
  const ascending = held.toSorted((a, b) => versionMs(a) - versionMs(b));
  return [...new Map(ascending.map((one) => [keyed(one.compared), one])).values()];
}
