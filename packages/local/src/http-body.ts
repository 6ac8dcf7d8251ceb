import type { IncomingMessage } from 'node:http';

/**
 * Reads a body, counting bytes as they come; `Content-Length` is not believed.
 * @returns `undefined` when it is longer than allowed; the rest is then not kept.
 */
export async function readBody(request: IncomingMessage, limitBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Not destroyed on return: the refusal still has to go out on the same socket.
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > limitBytes) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
