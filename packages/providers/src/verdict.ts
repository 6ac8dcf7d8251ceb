/** One webhook request as it arrived; header names in lower case, a repeated header joined by commas. */
export interface WebhookRequest {
  body: Uint8Array;
  headers: Readonly<Record<string, string | undefined>>;
}

/**
 * Where a request came from. `keyId` names the key that proved it (`signature/key-id.ts`).
 * `handshake`: a set-up message that nobody can sign yet. `misconfigured`: we have no key to check it with.
 */
export type Verdict =
  | { outcome: 'signed'; keyId: string }
  | { outcome: 'handshake'; keyId: string | null }
  | { outcome: 'unsigned' | 'forged' | 'misconfigured' };
