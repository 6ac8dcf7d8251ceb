/** One webhook request as it arrived; header names in lower case, a repeated header joined by commas. */
export interface WebhookRequest {
  body: Uint8Array;
  headers: Readonly<Record<string, string | undefined>>;
}

/**
 * Where a request came from. `keyIndex` is the place of the matching key among the live ones (0 = current).
 * `handshake`: a set-up message that nobody can sign yet. `misconfigured`: we have no key to check it with.
 */
export type Verdict =
  | { outcome: 'signed'; keyIndex: number }
  | { outcome: 'handshake'; keyIndex: number | null }
  | { outcome: 'unsigned' | 'forged' | 'misconfigured' };
