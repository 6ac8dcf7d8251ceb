import { createFaultPlan, type FaultPlan } from '../kernel/faults.ts';
import { startHttpServer } from '../kernel/http-server.ts';
import type { Reply } from '../kernel/message.ts';
import { createRandom } from '../kernel/random.ts';
import type { Route } from '../kernel/routes.ts';
import { createSandboxFetch } from '../kernel/sandbox-fetch.ts';
import { createSimulation, type Simulation } from '../kernel/simulation.ts';
import { systemTimeline, type Timeline } from '../kernel/timeline.ts';
import { publicationDays } from './publication-days.ts';

export interface EcbOptions {
  /** Same seed and day: same rate. 1 unless told. */
  readonly seed?: string | number;
  /** Real time unless told. */
  readonly timeline?: Timeline;
  /** Publishes nothing after this day, YYYY-MM-DD. */
  readonly silentAfter?: string;
}

export interface EcbSimulator {
  /** Asks it without a network; the origin of the URL does not matter. */
  readonly fetch: typeof fetch;
  readonly simulation: Simulation;
  readonly faults: FaultPlan;
}

/** Units for one euro about which the rates move, with as many places as the bank gives them. */
const middles: readonly (readonly [currency: string, middle: number, places: number])[] = [
  ['USD', 1.16, 4],
  ['JPY', 181, 2],
  ['CZK', 24.2, 3],
  ['DKK', 7.46, 4],
  ['GBP', 0.88, 5],
  ['HUF', 382, 2],
  ['PLN', 4.24, 4],
  ['RON', 5.09, 4],
  ['SEK', 11, 4],
  ['CHF', 0.93, 4],
  ['ISK', 147, 1],
  ['NOK', 11.7, 4],
  ['TRY', 49, 4],
  ['AUD', 1.78, 4],
  ['BRL', 6.2, 4],
  ['CAD', 1.63, 4],
  ['CNY', 8.2, 4],
  ['HKD', 9, 4],
  ['IDR', 19_300, 2],
  ['ILS', 3.8, 4],
  ['INR', 103, 4],
  ['KRW', 1700, 2],
  ['MXN', 21.3, 4],
  ['MYR', 4.8, 4],
  ['NZD', 2.06, 4],
  ['PHP', 68, 3],
  ['SGD', 1.51, 4],
  ['THB', 37.6, 3],
  ['ZAR', 20, 4],
];

/** The files, and how many days of the past each goes back; the bank's own longest one begins in 1999. */
const files = {
  'eurofxref-daily.xml': 0,
  'eurofxref-hist-90d.xml': 90,
  'eurofxref-hist.xml': 1200,
} as const;

const dayMs = 86_400_000;

/**
 * The European Central Bank's files of reference rates: published on working days at about 16:00 in Frankfurt (here 15:00 UTC), the newest
 * day first. @see https://www.ecb.europa.eu/stats/policy_and_exchange_rates/euro_reference_exchange_rates/html/index.en.html
 */
export function createEcbSimulator(options: EcbOptions = {}): EcbSimulator {
  const { timeline = systemTimeline } = options;
  const faults = createFaultPlan();
  const routes = Object.entries(files).map(
    ([name, daysBack]): Route => ({
      method: 'GET',
      path: `/stats/eurofxref/${name}`,
      handle: () => xml(fileOf(options, timeline.now(), daysBack)),
    }),
  );
  const simulation = createSimulation({
    routes,
    timeline,
    faults,
    unmatched: () => page(404),
    refuse: (status) => page(status),
  });
  return { fetch: createSandboxFetch(simulation), simulation, faults };
}

/** `createEcbSimulator` on 127.0.0.1. */
export async function startEcbSandbox({ port, ...options }: EcbOptions & { port?: number } = {}) {
  const simulator = createEcbSimulator(options);
  const { url, stop } = await startHttpServer(simulator.simulation, port);
  return { ...simulator, url, stop };
}

const xml = (body: string): Reply => ({ status: 200, headers: { 'content-type': 'text/xml' }, body });
const page = (status: number): Reply => ({
  status,
  headers: { 'content-type': 'text/html' },
  body: '<!DOCTYPE html><html><body>European Central Bank</body></html>',
});

function fileOf({ seed = 1, silentAfter = '9999-12-31' }: EcbOptions, now: Date, daysBack: number): string {
  const published = new Date(now.getTime() - 15 * 3_600_000).toISOString().slice(0, 10);
  const [until = ''] = [published, silentAfter].toSorted();
  // A fortnight more: the longest time without publication is shorter.
  const from = new Date(Date.parse(until) - (daysBack + 14) * dayMs).toISOString().slice(0, 10);
  const oldest = new Date(Date.parse(until) - daysBack * dayMs).toISOString().slice(0, 10);
  const days = publicationDays(from, until).filter((day, at) => at === 0 || day >= oldest);
  const cubes = days.map((day) => `<Cube time='${day}'>${cubesOf(seed, day)}</Cube>`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<gesmes:Envelope xmlns:gesmes="http://www.gesmes.org/xml/2002-08-01" xmlns="http://www.ecb.int/vocabulary/2002-08-01/eurofxref">
\t<gesmes:subject>Reference rates</gesmes:subject>
\t<gesmes:Sender>
\t\t<gesmes:name>European Central Bank</gesmes:name>
\t</gesmes:Sender>
\t<Cube>
${cubes.join('\n')}
\t</Cube>
</gesmes:Envelope>`;
}

function cubesOf(seed: string | number, day: string): string {
  const random = createRandom(`ecb/${seed}/${day}`);
  return middles
    .map(([currency, middle, places]) => {
      const rate = Number((middle * (0.97 + 0.06 * random.next())).toFixed(places));
      return `<Cube currency='${currency}' rate='${rate}'/>`;
    })
    .join('');
}
