import { createRandom, type Random } from '../kernel/random.ts';

/** Where an affiliate has put an advertiser's address. */
export interface Link {
  readonly campaign: number;
  readonly source: string;
  readonly subId: string;
}

/** Of a customer who came by a link. */
export interface Sale {
  /** Digits, more with time. */
  readonly id: string;
  readonly at: Date;
  readonly amountMinor: number;
  readonly commissionMinor: number;
  /** As the network has decided by now. */
  readonly status: 'pending' | 'approved' | 'reversed';
}

/** What a link brought in a spell of the day, as it stands. */
export interface Spell {
  readonly id: string;
  /** When it began. */
  readonly at: Date;
  readonly link: Link;
  readonly clicks: number;
  readonly signups: number;
  /** Those that were reversed are among them. */
  readonly sales: readonly Sale[];
}

interface Placed extends Link {
  /** In a spell of an ordinary day. */
  readonly clicks: number;
  /** Of what is sold, in percent. */
  readonly commission: number;
}

const links: readonly Placed[] = [
  { campaign: 101, source: 'newsletter', subId: 'header', clicks: 240, commission: 12 },
  { campaign: 101, source: 'blog', subId: 'review', clicks: 180, commission: 12 },
  { campaign: 102, source: 'newsletter', subId: 'footer', clicks: 140, commission: 8 },
  { campaign: 102, source: 'social', subId: 'story', clicks: 320, commission: 8 },
  { campaign: 103, source: 'blog', subId: 'banner', clicks: 100, commission: 20 },
  { campaign: 103, source: 'social', subId: 'video', clicks: 200, commission: 20 },
];

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const spellMs = 6 * hourMs;
/** What is decided of a sale is decided in a week. */
const decidedWithinMs = 7 * dayMs;
const approvedAfterMs = 3 * dayMs;
/** From Sunday on: fewer read mails at the weekend. */
const busyness = [0.7, 1.1, 1.15, 1.1, 1, 0.9, 0.65] as const;

/** What happened before it changes no more from a time on. */
export function settledBefore(time: Date): Date {
  return new Date(time.getTime() - decidedWithinMs);
}

/**
 * A programme of three campaigns, as it stands at a time: the same whenever that time is asked about. Clicks come all the time, sales now
 * and then, and within a week one of eight is reversed, on the day on which it happened.
 * @param from begins with its whole day, of UTC
 */
export function programmeAt(now: Date, from: Date): Spell[] {
  const spells: Spell[] = [];
  for (let startMs = Math.floor(from.getTime() / dayMs) * dayMs; startMs <= now.getTime(); startMs += spellMs) {
    for (const [index, link] of links.entries()) spells.push(toSpell(startMs, link, index, now.getTime()));
  }
  return spells;
}

function toSpell(startMs: number, { clicks, commission, ...link }: Placed, index: number, nowMs: number): Spell {
  const id = `${startMs / spellMs}.${index}`;
  const random = createRandom(`affiliate/${id}`);
  const ordinary = busyness[new Date(startMs).getUTCDay()] ?? 1;
  const allClicks = Math.round(clicks * ordinary * (0.6 + 0.8 * random.next()));
  const signups = Array.from({ length: allClicks }, (_, click) => click)
    .filter(() => random.chance(1 / 80))
    .map((click) => random.fork(String(click)))
    .map((customer) => ({ customer, atMs: startMs + customer.below(spellMs) }))
    .filter(({ atMs }) => atMs <= nowMs);
  return {
    id,
    at: new Date(startMs),
    link,
    clicks: Math.floor(allClicks * Math.min(1, (nowMs - startMs) / spellMs)),
    signups: signups.length,
    sales: signups
      .filter(({ customer }) => customer.chance(0.25))
      .map(({ customer, atMs }) => ({
        id: `${atMs}${index}`,
        at: new Date(atMs),
        ...priced(customer, commission),
        status: statusOf(customer, atMs, nowMs),
      })),
  };
}

function priced(customer: Random, commission: number): Pick<Sale, 'amountMinor' | 'commissionMinor'> {
  const amountMinor = 1500 + customer.below(12_000);
  return { amountMinor, commissionMinor: Math.round((amountMinor * commission) / 100) };
}

function statusOf(customer: Random, atMs: number, nowMs: number): Sale['status'] {
  const isReversed = customer.chance(1 / 8);
  const decidedAfterMs = isReversed ? dayMs + customer.below(decidedWithinMs - dayMs) : approvedAfterMs;
  if (nowMs < atMs + decidedAfterMs) return 'pending';
  return isReversed ? 'reversed' : 'approved';
}
