import type { Fact } from '@tributary/core/facts';
import type { ProviderCall, ProviderRequest } from '@tributary/core/provider-call';
import type { Page, PullSource, StreamName, WalkPosition } from '@tributary/core/pull-source';
import { type Address, requestUrl } from '../address.ts';
import { createGuardedCall } from '../fetch/guarded-fetch.ts';

/** Asks as the composition does, and keeps what was asked. */
export function createCall(
  address: Address,
  fetch: typeof globalThis.fetch,
): ProviderCall & { readonly asked: ProviderRequest[] } {
  const guarded = createGuardedCall({ fetch, timeoutMs: 2000 });
  const asked: ProviderRequest[] = [];
  const call: ProviderCall = async (request, schema) => {
    asked.push(request);
    const { method = 'GET', json } = request;
    const headers = { ...address.headers, ...request.headers };
    const body = json === undefined ? {} : { json: json as object };
    return (await guarded(requestUrl(address.url, request), { method, headers, schema, ...body })).body;
  };
  return Object.assign(call, { asked });
}

interface Walk {
  source: PullSource;
  call: ProviderCall;
  stream: StreamName;
  from: Date;
  /** Runs after each page, before the next. */
  between?: (page: Page) => void | Promise<void>;
}

/** Walks a stream to its end, as the engine does. */
export async function walk({ source, call, stream, from, between }: Walk): Promise<Page[]> {
  const pages: Page[] = [];
  let position: WalkPosition = { from: from.toISOString(), place: null };
  for (;;) {
    const page = await source.page(call, stream, position);
    pages.push(page);
    if (page.place === null) return pages;
    if (pages.length > 2000) throw new Error('The walk does not end.');
    position = nextPosition(position, page);
    await between?.(page);
  }
}

/** From the last change on where that is later, and to the place where it is not. */
function nextPosition({ from }: WalkPosition, { objects, place }: Page): WalkPosition {
  const last = objects.at(-1)?.version;
  const isLater = last !== undefined && last > new Date(from);
  return isLater ? { from: last.toISOString(), place: null } : { from, place };
}

export const factsOf = (pages: readonly Page[]): Fact[] => pages.flatMap(({ facts }) => facts);
