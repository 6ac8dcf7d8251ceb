import type { DaySource, Span } from '@tributary/core/day-source';
import type { ObjectFact } from '@tributary/core/facts';
import type { ProviderCall } from '@tributary/core/provider-call';
import type { WalkPosition } from '@tributary/core/pull-source';
import { orNull } from '../or-null.ts';
import { readObject } from './changes.ts';
import { resources, type XeroResource } from './objects.ts';
import { createXeroSource } from './source.ts';

const source = createXeroSource();

/** Objects by when they changed last: Xero lists by nothing else. */
export const xeroDays: DaySource = {
  list: async (call, span) => {
    const facts: ObjectFact[] = [];
    for (const resource of Object.keys(resources)) facts.push(...(await listChanged(call, resource, span)));
    return facts;
  },
  read: async (call, { resource, externalId }) => {
    const fact = Object.hasOwn(resources, resource)
      ? await orNull(readObject(call, resource as XeroResource, externalId))
      : null;
    return fact && [fact];
  },
};

async function listChanged(call: ProviderCall, resource: string, { from, to }: Span): Promise<ObjectFact[]> {
  const changed = new Map<string, ObjectFact>();
  const stream = { resource, locationRef: '' };
  for (let position: WalkPosition | null = { from: from.toISOString(), place: null }; position !== null; ) {
    const page = await source.page(call, stream, position);
    for (const fact of page.facts) if (fact.kind === 'object') changed.set(fact.externalId, fact);
    const last = page.objects.at(-1)?.version;
    const isOver = page.place === null || (last !== undefined && last >= to);
    position = isOver ? null : onward(position, last, page.place);
  }
  return [...changed.values()].filter(({ version }) => version >= from && version < to);
}

/** By time, and by the list's own place only within one instant: see `read-page.ts`. */
function onward({ from }: WalkPosition, last: Date | undefined, place: string | null): WalkPosition {
  const isLater = last !== undefined && last.getTime() > Date.parse(from);
  return isLater ? { from: last.toISOString(), place: null } : { from, place };
}
