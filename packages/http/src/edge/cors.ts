// What a page may send beyond what every request has, and read beyond the few headers that every page may.
const sentHeaders = 'authorization, content-type, idempotency-key, if-none-match';
const readHeaders = 'content-disposition, etag, link, ratelimit, ratelimit-policy, retry-after, x-request-id';
const preflightSeconds = 600;

/**
 * What a response tells a browser of the pages that may read it: those of the listed origins, never all, and never by giving back an
 * origin that is not on the list. Credentials travel in `Authorization`, which a page sets itself; `readsCookies` is for what reads cookies.
 */
export function corsHeaders(
  request: Request,
  origins: readonly string[],
  readsCookies = false,
): Record<string, string> {
  const allowed = origins.find((origin) => origin === request.headers.get('origin'));
  return {
    // Also of answers without: a cache must not hand one to another origin.
    vary: 'Origin',
    ...(allowed !== undefined && {
      'access-control-allow-origin': allowed,
      'access-control-expose-headers': readHeaders,
      ...(readsCookies && { 'access-control-allow-credentials': 'true' }),
    }),
  };
}

/** What a browser asks before it lets a page call; null for a request that is no such question of a listed origin. */
export function preflightHeaders(
  request: Request,
  origins: readonly string[],
  methods: string,
): Record<string, string> | null {
  const asks = request.method === 'OPTIONS' && request.headers.has('access-control-request-method');
  const allowed = origins.includes(request.headers.get('origin') ?? '');
  if (!asks || !allowed) return null;
  return {
    'access-control-allow-methods': methods,
    'access-control-allow-headers': sentHeaders,
    'access-control-max-age': String(preflightSeconds),
  };
}
