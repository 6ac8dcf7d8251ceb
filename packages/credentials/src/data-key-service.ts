/** What a data key is bound to. KMS authenticates it and shows it in plain text in its log: ids only, nothing personal. */
export interface DataKeyContext {
  readonly org: string;
  readonly connection: string;
}

/**
 * The two things asked of a key management service.
 * @throws PermanentFailure `credential_unreadable` from `decrypt` when the blob is not one wrapped by that key for that context;
 * any other error means the service cannot answer now.
 */
export interface DataKeyService {
  /** A fresh 256-bit key, in plain and wrapped. */
  generateDataKey(request: {
    keyArn: string;
    context: DataKeyContext;
  }): Promise<{ plaintext: Uint8Array; wrapped: Uint8Array }>;
  /** The key that was wrapped, in plain. */
  decrypt(request: { keyArn: string; context: DataKeyContext; wrapped: Uint8Array }): Promise<Uint8Array>;
}
