import type { Place } from '../simulators.ts';
import type { ApiClient } from './api-client.ts';
import type { Connection } from './connect.ts';
import type { DemoReport } from './report.ts';

const dayMs = 86_400_000;
const dayAgo = (days: number) => new Date(Date.now() - days * dayMs).toISOString().slice(0, 10);

interface Breakdown {
  data: { value: string; figures: { clicks: number; signups: number; ftdCount: number; commissionMinor: number } }[];
}

/** Connects a network by key, reads what it counted, and again after it took something back. @returns what each campaign brought in five weeks */
export async function runProgramme(
  place: Place,
  client: ApiClient,
  log: (line: string) => void,
): Promise<DemoReport['campaigns']> {
  const { everflow: credentials } = place.simulators.networks.credentials;
  const { connection } = await client.post<{ connection: Connection }>('/connect/networks/everflow/accounts', {
    credentials,
  });
  const first = await campaignsOf(place, client);
  log(`Everflow lets us in by key; the first sync brings the days of ${first.length} campaigns`);
  await takeBack(place, client, connection, log);
  return campaignsOf(place, client);
}

/** Runs what a schedule runs each minute, once the queues are empty. */
async function campaignsOf({ stack }: Place, client: ApiClient): Promise<DemoReport['campaigns']> {
  await stack.drained();
  await stack.invoke('cronsRollUp', {});
  await stack.drained();
  const { data } = await client.get<Breakdown>(`/affiliate/by-campaign?from=${dayAgo(34)}&to=${dayAgo(0)}`);
  return data.map(({ value, figures: { clicks, signups, ftdCount, commissionMinor } }) => {
    return { campaign: value, clicks, signups, ftdCount, commissionMinor };
  });
}

/** Of a day of which all is decided: nothing else changes there. */
async function takeBack(
  { stack, simulators }: Place,
  client: ApiClient,
  { id }: Connection,
  log: (line: string) => void,
) {
  const { book } = simulators.networks.everflow;
  // At noon: the same day in the network's zone.
  const told = book.all().find(({ at, events }) => at > new Date(dayAgo(20)) && at.getUTCHours() === 12 && events > 0);
  if (told === undefined) throw new Error('Everflow has no first deposit to take back.');
  book.change(told.id, { events: told.events - 1 });
  await client.post(`/connections/${id}/runs`, {});
  await stack.drained();
  const day = told.at.toISOString().slice(0, 10);
  const { data } = await client.get<{ data: object[] }>(`/affiliate/changes?connectionId=${id}&from=${day}&to=${day}`);
  log(`Everflow takes back a first deposit of weeks ago; the next sync puts ${data.length} restatement on record`);
}
