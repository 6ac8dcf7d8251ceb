import { AppError } from '@tributary/core/errors';

const safeMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Keeps other sites' pages from acting with a visitor's cookies, for routes that read cookies. What changes something must come from a
 * page of a listed origin, whatever its content type: a browser says so in `Origin`, or in `Sec-Fetch-Site`, and neither can be set by a
 * page. A request that says neither is refused too: programs have keys of their own and need no cookie.
 * `hono/csrf` lets every content type pass that a form cannot send, JSON among them.
 * @param origins exact, from `readOrigins`
 * @throws AppError `forbidden`
 * @see https://cheatsheetseries.owasp.org/cheatsheets/Cross-Site_Request_Forgery_Prevention_Cheat_Sheet.html
 */
export function assertOwnOrigin({ method, headers }: Request, origins: readonly string[]): void {
  if (safeMethods.has(method)) return;
  const origin = headers.get('origin');
  const own = origin === null ? headers.get('sec-fetch-site') === 'same-origin' : origins.includes(origin);
  if (!own) throw new AppError('forbidden', 'This may be asked by our own pages only.');
}
