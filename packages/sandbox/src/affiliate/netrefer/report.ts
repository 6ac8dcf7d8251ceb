import type { Reply, RoutedRequest } from '../../kernel/message.ts';
import type { Book } from '../book.ts';

/** A figure of a day, and what the operator corrected of it later. Amounts are decimals. */
export interface Figure {
  readonly result: number;
  readonly adjustment: number;
}

/** What one tracker of one brand brought on one day. */
export interface Activity {
  readonly id: string;
  readonly day: string;
  readonly brandId: string;
  readonly trackerId: string;
  readonly clicks: Figure;
  readonly registrations: Figure;
  readonly deposits: Figure;
  readonly cpa: Figure;
  readonly revShare: Figure;
  /** Some operators' reports are in camel case, with each figure as one number. */
  readonly isPlain: boolean;
}

interface Books {
  readonly book: Book<Activity>;
  readonly currency: string;
}

/** Both days are in one month: https://developer.netrefer.com/Affiliate-api/ASR */
export function answerReport({ params, contentFault }: RoutedRequest, { book, currency }: Books): Reply {
  const { from = '', to = '' } = params;
  const isAsked = isDay(from) && isDay(to) && from <= to && from.slice(0, 7) === to.slice(0, 7);
  if (!isAsked) return { status: 400, body: { Message: 'The dates are to be within one month' } };
  const stated = contentFault?.kind === 'wrong_currency' ? 'XTS' : currency;
  const found = book.all().filter(({ day }) => day >= from && day <= to);
  return { status: 200, body: { Report: found.map((one) => (one.isPlain ? toPlain : toWire)(one, stated)) } };
}

const isDay = (text: string) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));

function toWire({ day, brandId, trackerId, ...figures }: Activity, currency: string) {
  const pair = ({ result, adjustment }: Figure) => ({ Result: result, Adjustment: adjustment });
  return {
    Date: `${day}T00:00:00Z`,
    BrandId: brandId,
    BrandName: `Brand ${brandId}`,
    TrackerId: trackerId,
    TrackerName: `Tracker ${trackerId}`,
    Currency: currency,
    Clicks: pair(figures.clicks),
    Registrations: pair(figures.registrations),
    Deposits: pair(figures.deposits),
    CPA: pair(figures.cpa),
    RevShare: pair(figures.revShare),
  };
}

function toPlain({ day, brandId, trackerId, ...figures }: Activity, currency: string) {
  const net = ({ result, adjustment }: Figure) => result + adjustment;
  return {
    date: `${day}T00:00:00Z`,
    brandId,
    brandName: `Brand ${brandId}`,
    trackerId,
    trackerName: `Tracker ${trackerId}`,
    currency,
    clicks: net(figures.clicks),
    registrations: net(figures.registrations),
    deposits: net(figures.deposits),
    cpa: net(figures.cpa),
    revShare: net(figures.revShare),
  };
}
