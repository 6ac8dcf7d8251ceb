import type { ObjectFact } from '@tributary/core/facts';
import type { ProviderCall } from '@tributary/core/provider-call';
import { ProviderError } from '@tributary/core/provider-error';
import { pathSegment } from '../path-segment.ts';
import type { ChangeList, Listing, Next, WalkedRow } from '../walk/read-page.ts';
import { answerOf, resources, toFact, type XeroResource } from './objects.ts';

export interface XeroRow extends WalkedRow {
  readonly fact: ObjectFact;
}

const root = 'api.xro/2.0';

/** One object. @throws ProviderError `not_found`, or `invalid_response` for another one */
export async function readObject(call: ProviderCall, resource: XeroResource, id: string): Promise<ObjectFact> {
  const { objects } = await call({ path: `${root}/${resource}/${pathSegment(id)}` }, answerOf(resource));
  const [fact] = objects.map((object) => toFact(resource, object));
  if (fact?.externalId.toLowerCase() === id.toLowerCase()) return fact;
  throw new ProviderError('invalid_response', 'Xero answered with another object than was asked for');
}

/**
 * What changed since. `If-Modified-Since` knows whole seconds, and whether the very second is included is not documented, so one
 * before is asked for.
 * @see https://developer.xero.com/documentation/api/accounting/requests-and-responses
 */
export function changesSince(
  call: ProviderCall,
  resource: XeroResource,
  { from, pageSize }: { from: string; pageSize: number },
): ChangeList<XeroRow> {
  const fromSecond = wholeSecond(new Date(from));
  const headers = { 'If-Modified-Since': new Date(fromSecond.getTime() - 1000).toISOString().slice(0, 19) };
  const { isPaged, query } = resources[resource];
  const ask = (more: Record<string, string>) =>
    call({ path: `${root}/${resource}`, query: { ...query, ...more }, headers }, answerOf(resource));

  const readPage = async (at: string | null): Promise<Listing<XeroRow>> => {
    const { page, size } = pageFrom(Number(at ?? 0), pageSize);
    const answer = await ask({ order: 'UpdatedDateUTC ASC', page: String(page), pageSize: String(size) });
    const end = (page - 1) * size + answer.objects.length;
    const isLast = answer.objects.length < size && (answer.pagination?.pageCount ?? 0) <= page;
    const next = (): Next => ({ at: String(end), repeats: pageFrom(end, pageSize).repeats });
    return { rows: answer.objects.map(toRow), next: isLast ? null : next };
  };
  /** All that changed comes at once, in whatever order. */
  const readAll = async (): Promise<Listing<XeroRow>> => {
    const rows = (await ask({})).objects.map(toRow);
    return { rows: rows.sort((one, other) => one.version.getTime() - other.version.getTime()), next: null };
  };
  const toRow = (object: Parameters<typeof toFact>[1]): XeroRow => {
    const fact = toFact(resource, object);
    return { id: fact.externalId, version: fact.version, fact };
  };
  return {
    name: `Xero's ${resource}`,
    read: isPaged ? readPage : readAll,
    isBeyond: (version) => wholeSecond(version) > fromSecond,
  };
}

/**
 * Pages have numbers, so one that repeats rows has another size: of the sizes down to half, the one of whose pages one begins the
 * fewest rows before the last of those read.
 */
function pageFrom(read: number, pageSize: number): { page: number; size: number; repeats: number } {
  let best = { page: 1, size: pageSize, repeats: 0 };
  if (read === 0) return best;
  for (let size = pageSize; size * 2 >= pageSize && best.repeats !== 1; size -= 1) {
    const repeats = ((read - 1) % size) + 1;
    const page = Math.floor((read - 1) / size) + 1;
    if (best.repeats === 0 || repeats < best.repeats) best = { page, size, repeats };
  }
  return best;
}

/** The second that a time is in. */
export function wholeSecond(time: Date): Date {
  return new Date(Math.floor(time.getTime() / 1000) * 1000);
}
