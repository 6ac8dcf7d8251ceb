import type { Json } from '@tributary/core/canonical-json';
import type { Pull } from '@tributary/core/provider-call';
import type { TenantTransaction } from '@tributary/db/transaction';
import { known } from './erased.ts';
import { redactRequest, requestNames } from './redact.ts';
import { redactDocuments } from './redact-documents.ts';

/** Answers of a provider as they may be kept: without what they and their questions say of erased subjects. */
export async function redactPulls<Answer extends Pick<Pull, 'request' | 'body'>>(
  tx: TenantTransaction,
  provider: string,
  pulls: readonly Answer[],
): Promise<{ pulls: (Answer & { isRedacted: boolean })[]; found: number }> {
  const { hasErased } = await known(tx);
  if (!hasErased) return { pulls: pulls.map((pull) => ({ ...pull, isRedacted: false })), found: 0 };
  const documents = pulls.map(({ body }) => ({ provider, json: readJson(body) }));
  const asked = pulls.flatMap(({ request }) => requestNames(request, provider));
  const redacted = await redactDocuments(tx, documents, asked);
  const kept = pulls.map((pull, index) => {
    const json = redacted.documents[index] as Json;
    const request = redactRequest(pull.request, redacted.erased, provider);
    const isSame = json === documents[index]?.json;
    if (isSame && request === pull.request) return { ...pull, isRedacted: false };
    return { ...pull, request, body: isSame ? pull.body : Buffer.from(JSON.stringify(json)), isRedacted: true };
  });
  return { pulls: kept, found: redacted.found };
}

/** Null for what is no JSON: it names nobody that could be found. */
export function readJson(body: Uint8Array): Json {
  try {
    return body.byteLength === 0 ? null : JSON.parse(Buffer.from(body).toString('utf8'));
  } catch {
    return null;
  }
}
