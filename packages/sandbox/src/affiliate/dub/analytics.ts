import type { Reply, RoutedRequest } from '../../kernel/message.ts';
import type { Book } from '../book.ts';
import { isAmong, readDays } from './days.ts';
import { refuse } from './refuse.ts';

/** What one partner brought at a time. */
export interface PartnerEvents {
  readonly id: string;
  readonly at: Date;
  readonly partnerId: string;
  readonly clicks: number;
  readonly leads: number;
  /** To customers who had bought nothing before. */
  readonly newSales: number;
  readonly recurringSales: number;
  /** Cents, of all sales. */
  readonly saleAmount: number;
}

interface Books {
  readonly events: Book<PartnerEvents>;
  readonly partnerLimit: number;
}

/** Those who sold most come first; others beyond the limit are left out. https://dub.co/docs/api-reference/analytics/retrieve */
export function groupByPartner({ query }: RoutedRequest, { events, partnerLimit }: Books): Reply {
  const days = readDays(query);
  const [event, saleType] = [query.get('event') ?? 'clicks', query.get('saleType')];
  if (days === null || query.get('groupBy') !== 'top_partners' || !(event === 'composite' || event === 'sales'))
    return refuse(422, 'unprocessable_entity');
  const groups = new Map<string, PartnerEvents[]>();
  for (const one of events.all()) {
    if (isAmong(days, query, one.at)) groups.set(one.partnerId, [...(groups.get(one.partnerId) ?? []), one]);
  }
  const body = [...groups]
    .map(([partnerId, found]) => toWire(partnerId, found, event, saleType))
    .sort((one, other) => other.saleAmount - one.saleAmount)
    .slice(0, partnerLimit);
  return { status: 200, body };
}

function toWire(partnerId: string, found: readonly PartnerEvents[], event: string, saleType: string | null) {
  const total = (of: (one: PartnerEvents) => number) => found.reduce((sum, one) => sum + of(one), 0);
  const newSales = total((one) => one.newSales);
  const isComposite = event === 'composite';
  return {
    partnerId,
    partner: { id: partnerId, name: `Partner ${partnerId}`, image: null, payoutsEnabledAt: null, country: 'US' },
    clicks: isComposite ? total(({ clicks }) => clicks) : 0,
    leads: isComposite ? total(({ leads }) => leads) : 0,
    sales: saleType === 'new' ? newSales : newSales + total(({ recurringSales }) => recurringSales),
    saleAmount: total(({ saleAmount }) => saleAmount),
  };
}
