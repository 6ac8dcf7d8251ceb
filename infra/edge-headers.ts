/**
 * What the edge writes into each request, over whatever a caller wrote there: whose it is, and that it was there. A function URL can be
 * called by anybody who finds it, and hands on only the first entry of X-Forwarded-For, which callers choose.
 */
export const edgeHeaders = { address: 'tributary-client-address', key: 'tributary-edge-key' } as const;
