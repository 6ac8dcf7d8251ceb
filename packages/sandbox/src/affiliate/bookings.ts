import type { BookedTransaction as AwinTransaction } from './awin/transactions.ts';
import type { PartnerEvents } from './dub/analytics.ts';
import type { BookedCommission } from './dub/commissions.ts';
import type { Traffic } from './everflow/report.ts';
import type { BookedAction } from './impact/actions.ts';
import type { Activity } from './netrefer/report.ts';
import type { BookedTransaction as ProTransaction } from './post-affiliate-pro/transactions.ts';
import type { Link, Sale, Spell } from './programme.ts';

/** A sale and the link that it came by. */
type Sold = Sale & { readonly link: Link };

const soldIn = (spells: readonly Spell[]): Sold[] =>
  spells.flatMap(({ sales, link }) => sales.map((sale) => ({ ...sale, link })));

const standing = (sales: readonly Sale[]) => sales.filter(({ status }) => status !== 'reversed');
const amountsOf = (sales: readonly Sale[]) => sales.reduce((sum, { amountMinor }) => sum + amountMinor, 0);
const commissionsOf = (sales: readonly Sale[]) => sales.reduce((sum, { commissionMinor }) => sum + commissionMinor, 0);

/** Conversions are sign-ups, events first deposits; what is reversed is taken off. */
export function everflowTraffic(spells: readonly Spell[]): Traffic[] {
  return spells.map(({ id, at, link, clicks, signups, sales }) => ({
    ...{ id, at, offer: link.campaign, sourceId: link.source, sub1: link.subId, clicks },
    ...{ conversions: signups, events: standing(sales).length, revenueMinor: commissionsOf(standing(sales)) },
    ...{ invalidClicks: 0, duplicateClicks: 0, onHoldConversions: 0, onHoldRevenueMinor: 0 },
  }));
}

const awinStatuses = { pending: 'pending', approved: 'approved', reversed: 'declined' } as const;

export function awinTransactions(spells: readonly Spell[]): AwinTransaction[] {
  return soldIn(spells).map(({ id, at, link, status, amountMinor, commissionMinor }) => ({
    ...{ id, at, advertiserId: link.campaign, campaign: link.source, clickRef: link.subId },
    ...{ status: awinStatuses[status], sale: amountMinor / 100, commission: commissionMinor / 100, isPaid: false },
  }));
}

export function impactActions(spells: readonly Spell[]): BookedAction[] {
  return soldIn(spells).map(({ id, at, link, status, amountMinor, commissionMinor }) => ({
    ...{ id, at, campaignId: link.campaign, sharedId: link.source, subId1: link.subId, state: status.toUpperCase() },
    ...{ amount: (amountMinor / 100).toFixed(2), payout: (commissionMinor / 100).toFixed(2) },
  }));
}

const proStatuses = { pending: 'P', approved: 'A', reversed: 'D' } as const;

/** Times are of UTC. */
export function proTransactions(spells: readonly Spell[]): ProTransaction[] {
  return soldIn(spells).map(({ id, at, link, status, amountMinor, commissionMinor }) => ({
    ...{ id, insertedAt: at.toISOString().slice(0, 19).replace('T', ' '), type: 'S', status: proStatuses[status] },
    ...{ campaignId: String(link.campaign), affiliateId: link.source },
    ...{ totalCost: amountMinor / 100, commission: commissionMinor / 100 },
  }));
}

const partnerOf = ({ source }: Link) => `pn_${source}`;

export function dubEvents(spells: readonly Spell[]): PartnerEvents[] {
  return spells.map(({ id, at, link, clicks, signups, sales }) => ({
    ...{ id, at, partnerId: partnerOf(link), clicks, leads: signups },
    ...{ newSales: sales.length, recurringSales: 0, saleAmount: amountsOf(sales) },
  }));
}

const dubStatuses = { pending: 'pending', approved: 'processed', reversed: 'refunded' } as const;

export function dubCommissions(spells: readonly Spell[]): BookedCommission[] {
  return soldIn(spells).map(({ id, at, link, status, amountMinor, commissionMinor }) => ({
    ...{ id: `cm_${id}`, at, partnerId: partnerOf(link), type: 'sale', status: dubStatuses[status] },
    ...{ amount: amountMinor, earnings: commissionMinor },
  }));
}

/** Days are of UTC; what is reversed is an adjustment. */
export function netreferActivity(spells: readonly Spell[]): Activity[] {
  const days = Map.groupBy(
    spells,
    ({ at, link }) => `${at.toISOString().slice(0, 10)}/${link.campaign}/${link.source}`,
  );
  return [...days].map(([id, told]) => {
    const sales = told.flatMap((spell) => spell.sales);
    const [day = '', brandId = '', trackerId = ''] = id.split('/');
    const counted = (of: (spell: Spell) => number) => told.reduce((sum, spell) => sum + of(spell), 0);
    const adjusted = (of: (sales: readonly Sale[]) => number) => ({
      result: of(sales) / 100,
      adjustment: (of(standing(sales)) - of(sales)) / 100,
    });
    return {
      ...{ id, day, brandId, trackerId, isPlain: false, revShare: { result: 0, adjustment: 0 } },
      clicks: { result: counted(({ clicks }) => clicks), adjustment: 0 },
      registrations: { result: counted(({ signups }) => signups), adjustment: 0 },
      ...{ deposits: adjusted(amountsOf), cpa: adjusted(commissionsOf) },
    };
  });
}
