const loopback = new Set(['127.0.0.1', 'localhost', '[::1]']);

/**
 * The origins whose pages may call, as browsers spell them: `https://app.example.com https://admin.example.com:8443`. None: no page may.
 * @throws Error for one that is not exactly an origin (`*`, a path, a trailing slash), or neither https nor on this machine.
 */
export function readOrigins(text: string): readonly string[] {
  const origins = text.split(/[\s,]+/).filter((origin) => origin !== '' && origin !== 'none');
  for (const [index, origin] of origins.entries()) {
    if (!isOrigin(origin)) throw new Error(`origin ${index + 1} of the list is not exactly an origin by https`);
  }
  return origins;
}

function isOrigin(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { origin, protocol, hostname } = new URL(text);
  if (hostname.includes('*')) return false;
  return origin === text && (protocol === 'https:' || (protocol === 'http:' && loopback.has(hostname)));
}
