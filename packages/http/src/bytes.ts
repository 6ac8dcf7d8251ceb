import type { ReadableStream } from 'node:stream/web';

/** Reads a stream to its end, or answers null as soon as it has given more than `maxBytes`. Counts what arrives, believes no header. */
export async function readAtMost(stream: ReadableStream | null, maxBytes: number): Promise<Buffer | null> {
  const chunks: Uint8Array[] = [];
  let sizeBytes = 0;
  // Leaving the loop early cancels the stream.
  for await (const chunk of stream ?? []) {
    sizeBytes += chunk.byteLength;
    if (sizeBytes > maxBytes) return null;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks, sizeBytes);
}
