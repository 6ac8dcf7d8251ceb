/** SQLSTATE of a database error, or undefined for anything else. Looks through wrappers. Every one has a digit; `EPIPE` has none. */
export function sqlState(error: unknown): string | undefined {
  for (let current = error; typeof current === 'object' && current !== null; current = (current as Error).cause) {
    const { code } = current as { code?: unknown };
    if (typeof code === 'string' && /^(?=.*\d)[0-9A-Z]{5}$/.test(code)) return code;
  }
  return undefined;
}

/** Name of the constraint a statement violated, if it did. */
export function violatedConstraint(error: unknown): string | undefined {
  for (let current = error; typeof current === 'object' && current !== null; current = (current as Error).cause) {
    const { constraint } = current as { constraint?: unknown };
    if (typeof constraint === 'string' && constraint !== '') return constraint;
  }
  return undefined;
}

const transientStates = new Set(['40001', '40P01', '53300', '55P03', '57P01', '57P02', '57P03']);

/**
 * Whether the whole transaction may succeed when run again: serialization failures, deadlocks, lock time-outs, servers that shut
 * down, start up or are full, and connections that broke. Never 22xxx, 23xxx or 42xxx.
 * @see https://www.postgresql.org/docs/18/errcodes-appendix.html
 */
export function isTransient(error: unknown): boolean {
  const state = sqlState(error);
  if (state !== undefined) return transientStates.has(state) || state.startsWith('08');
  return isConnectionFailure(error);
}

// The driver has no error class for these: a refused or cut WebSocket arrives as an ErrorEvent, a cut query as a plain Error.
function isConnectionFailure(error: unknown): boolean {
  for (let current = error; typeof current === 'object' && current !== null; current = (current as Error).cause) {
    const { type, code, message } = current as { type?: unknown; code?: unknown; message?: unknown };
    if (type === 'error' || type === 'close') return true;
    if (typeof code === 'string' && /^(ECONN|EPIPE|ETIMEDOUT|ENOTFOUND|EHOSTUNREACH|UND_ERR)/.test(code)) return true;
    if (
      typeof message === 'string' &&
      /connection (terminated|closed|timeout|ended)|timeout exceeded when trying to connect|connect(ion)? timeout|not queryable|fetch failed/i.test(
        message,
      )
    ) {
      return true;
    }
  }
  return false;
}
