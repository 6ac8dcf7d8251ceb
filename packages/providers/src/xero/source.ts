import { ProviderError } from '@tributary/core/provider-error';
import type { PullSource } from '@tributary/core/pull-source';
import { readPage } from '../walk/read-page.ts';
import { changesSince, wholeSecond } from './changes.ts';
import { resources, type XeroResource } from './objects.ts';

/**
 * The lists of an organisation, each object kept as it came.
 *
 * The walk goes by whole seconds, since `If-Modified-Since` does; the facts have their time to the millisecond.
 *
 * Looks back three minutes: Xero promises nothing, a list may lag behind and a row's time may be that of any of its machines.
 */
export function createXeroSource({ pageSize = 100 }: { pageSize?: number } = {}): PullSource {
  return {
    overlapMs: 180_000,
    streams: async () => Object.keys(resources).map((resource) => ({ resource, locationRef: '' })),
    page: async (call, { resource }, { from, place }) => {
      if (!isResource(resource)) throw new ProviderError('not_found', 'Xero has no such list');
      const page = await readPage(changesSince(call, resource, { from, pageSize }), place);
      return {
        objects: page.rows.map(({ id, version }) => ({ id, version: wholeSecond(version) })),
        facts: page.rows.map(({ fact }) => fact),
        place: page.place,
      };
    },
  };
}

const isResource = (name: string): name is XeroResource => Object.hasOwn(resources, name);
