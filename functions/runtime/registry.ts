import type { Clock } from '@tributary/core/clock';
import type { Fact } from '@tributary/core/facts';
import type { TenantTransaction } from '@tributary/db/transaction';
import type { ApplyFacts as ApplyEventFacts, EventFacts } from '@tributary/inbox/registry';
import { applyFacts as applySales } from '@tributary/loyalty/transaction/apply-facts';
import { forgetFacts } from '@tributary/privacy/forget-facts';
import { disconnect } from '@tributary/sync/connection/connect';
import { meterEgress } from '@tributary/sync/egress/meter-egress';
import { storeObjects } from '@tributary/sync/object/store-objects';
import { storeAnswers } from '@tributary/sync/pull/store-pulls';

/** What a connection told, by webhook or poll. */
export interface Told {
  connectionId: string;
  facts: readonly Fact[];
}

export type ApplyFacts = (tx: TenantTransaction, told: readonly Told[]) => Promise<number>;

/** Takes each kind of fact to what it concerns, whichever way it came, without what it says of erased subjects. Answers how many were news. */
export function createApplyFacts(clock: Clock): ApplyFacts {
  return async (tx, asTold) => {
    const now = clock();
    let news = 0;
    const told: Told[] = [];
    for (const { connectionId, facts } of asTold) told.push({ connectionId, facts: await forgetFacts(tx, facts) });
    const sales = told.flatMap(({ facts }) =>
      facts.filter((fact) => fact.kind === 'payment' || fact.kind === 'refund'),
    );
    if (sales.length > 0) news += await applySales(tx, sales, now);
    for (const { connectionId, facts } of told) {
      const objects = facts.filter((fact) => fact.kind === 'object');
      news += await storeObjects(tx, { connectionId, seenAt: now }, objects);
      for (const fact of facts) {
        if (fact.kind === 'revocation') await disconnect(tx, { orgId: tx.orgId, connectionId, at: fact.at });
      }
    }
    return news;
  };
}

/** The same for events, with what their providers answered about them. */
export function createApplyEventFacts(clock: Clock): ApplyEventFacts {
  const applyFacts = createApplyFacts(clock);
  return async (tx, told) => {
    await applyFacts(
      tx,
      told.map(({ event, facts }) => ({ connectionId: event.connectionId, facts })),
    );
    await keepAnswers(tx, told, clock());
  };
}

async function keepAnswers(tx: TenantTransaction, told: readonly EventFacts[], at: Date): Promise<void> {
  await storeAnswers(
    tx,
    told.map(({ event, pulls }) => {
      const { id, connectionId, provider, type } = event;
      return { connectionId, provider, resource: type, cause: { eventId: id }, pulls };
    }),
  );
  const byProvider = Map.groupBy(told, ({ event }) => event.provider);
  // In one order, as every batch adds to them: two that overlap wait for each other and never deadlock.
  for (const provider of [...byProvider.keys()].sort()) {
    const bytes = byProvider.get(provider)?.reduce((sum, one) => sum + one.bytes, 0) ?? 0;
    await meterEgress(tx, { provider, bytes, at });
  }
}
