import * as z from 'zod';

const written = z.strictObject({ at: z.string(), seen: z.array(z.string()) });

/** Within the rows of one instant: where their next page begins, and the rows it then begins with. */
export type Place = z.output<typeof written>;

/** The list goes on from a time, which the position tells. */
export const onward = 'onward';

export function writePlace(place: Place): string {
  return JSON.stringify(place);
}

/** Null is the beginning of the instant, which is always a good place to go on: also for what cannot be read. */
export function readPlace(text: string | null): Place | null {
  if (text === null || text === onward) return null;
  try {
    return written.safeParse(JSON.parse(text)).data ?? null;
  } catch {
    return null;
  }
}
