import type { Fact } from '@tributary/core/facts';
import type { TenantTransaction } from '@tributary/db/transaction';
import { findErased, known } from '@tributary/privacy/erased';
import { forgetFacts } from '@tributary/privacy/forget-facts';
import { idName } from '@tributary/privacy/names';
import { replaceId } from '@tributary/privacy/replace-id';
import { isCompared, keyOf, refOf } from './compared.ts';
import type { Drift } from './compute-drifts.ts';

/**
 * Drifts as they may be kept, whoever was erased while the provider was asked: what is erased by now goes by its pseudonym.
 * @param facts what was listed: it tells which objects are theirs
 */
export async function forgetDrifts(
  tx: TenantTransaction,
  provider: string,
  drifts: readonly Drift[],
  facts: readonly Fact[],
): Promise<readonly Drift[]> {
  if (drifts.length === 0 || !(await known(tx)).hasErased) return drifts;
  const differing = new Set(drifts.map(keyOf));
  await forgetFacts(
    tx,
    facts.filter(isCompared).filter((one) => differing.has(keyOf(refOf(one)))),
  );
  const erased = await findErased(
    tx,
    drifts.map(({ externalId }) => idName(provider, externalId)),
  );
  const kept = drifts.map((drift) => ({ ...drift, externalId: replaceId(drift.externalId, erased, provider) }));
  return [...new Map(kept.map((drift) => [keyOf(drift), drift])).values()];
}
