/** How often something may be asked: never more than `quota` times in any window, and `burst` of these at once. */
export interface Limit {
  /** Names the policy to callers: `organization`. */
  readonly name: string;
  readonly quota: number;
  readonly windowSeconds: number;
  /** Less than the quota; the rest of it is what may be asked steadily. */
  readonly burst: number;
}

/** Somebody, by name, counts against a limit. */
export interface Use {
  readonly limit: Limit;
  /** Whose use it is: an address, an organization's id, or several of such in one text. */
  readonly subject: string;
}

/** Tokens that an instance took and has not used by then are lost. A twentieth of the window. */
export const leaseMs = ({ windowSeconds }: Limit): number => windowSeconds * 50;

/**
 * The time in which a token comes back. A token taken at the end of a lease may be used a lease later, so what is used in a window was
 * taken in a window and a lease: over that time `burst` and what came back are the quota, exactly, whatever the number of instances.
 */
export function intervalMicros(limit: Limit): number {
  const steady = limit.quota - limit.burst;
  if (steady < 1 || limit.burst < 1) throw new Error(`the limit ${limit.name} leaves nothing`);
  return Math.ceil(((limit.windowSeconds * 1000 + leaseMs(limit)) * 1000) / steady);
}
