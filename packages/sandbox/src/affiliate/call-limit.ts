import type { Reply, SandboxRequest } from '../kernel/message.ts';
import type { Limits } from '../kernel/simulation.ts';
import type { Clock } from '../kernel/timeline.ts';

export interface CallLimitOptions {
  readonly calls: number;
  readonly seconds: number;
  readonly now: Clock;
  /** Whose calls are counted together; null for what is not counted. */
  readonly keyOf: (request: SandboxRequest) => string | null;
  /** The network's 429; Retry-After is added. */
  readonly refuse: (request: SandboxRequest) => Reply;
}

/** So many calls in each window of fixed length; what is refused counts too. */
export function createCallLimit({ calls, seconds, now, keyOf, refuse }: CallLimitOptions): Limits {
  const windows = new Map<string, { number: number; taken: number }>();
  return {
    enter: (request) => {
      const key = keyOf(request);
      if (key === null) return null;
      const at = now().getTime() / 1000;
      const number = Math.floor(at / seconds);
      const known = windows.get(key);
      const window = known?.number === number ? known : { number, taken: 0 };
      window.taken += 1;
      windows.set(key, window);
      if (window.taken <= calls) return null;
      const reply = refuse(request);
      const wait = Math.max(1, Math.ceil((number + 1) * seconds - at));
      return { ...reply, headers: { ...reply.headers, 'retry-after': String(wait) } };
    },
    leave: () => undefined,
  };
}
