import type pg from 'pg';

/** What `pg` asks of a query that it does not know, as far as COPY FROM STDIN needs it. */
interface Wire {
  query(text: string): void;
  sendCopyFromChunk(chunk: Buffer): void;
  endCopyFrom(): void;
}

/** Runs `copy … from stdin` with a body in COPY's text format. */
export function copyIn(client: pg.Client, statement: string, body: Buffer): Promise<void> {
  return new Promise((resolve, reject) => {
    const copying = {
      submit: (wire: Wire) => wire.query(statement),
      handleCopyInResponse: (wire: Wire) => {
        wire.sendCopyFromChunk(body);
        wire.endCopyFrom();
      },
      handleCommandComplete: () => undefined,
      handleError: reject,
      handleReadyForQuery: () => resolve(),
    };
    client.query(copying as unknown as pg.Submittable);
  });
}
