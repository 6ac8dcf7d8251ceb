import { randomUUID } from 'node:crypto';
import { openDatabase } from '@tributary/db/connection';
import type { SyncMessage } from '@tributary/queue/message';
import type { Vault } from '@tributary/sync/credential/credential.fixture';
import { type SimulatedProvider, simulateSquare } from '@tributary/sync/credential/providers.fixture';
import type { SQSEvent } from 'aws-lambda';
import type { LogFields, LogLevel } from '../runtime/log.ts';
import type { Office } from './sync.fixture.ts';
import { createSync, type SyncDependencies } from './sync.ts';
import { openPlace, type Place } from './sync-place.fixture.ts';

/** The queue `sync` with its worker. */
export interface SyncQueue {
  provider: SimulatedProvider;
  /** What the worker sent on. */
  sent: SyncMessage[];
  reported: ({ level: LogLevel; event: string } & LogFields)[];
  open(): Promise<Place>;
  /** A database that is away. */
  openNowhere(): ReturnType<typeof openDatabase>;
  /** Hands over messages as one batch, with so much time left. Answers which of them come back. */
  receive(
    office: Pick<Office, 'runs' | 'checks'>,
    messages: readonly object[],
    changed?: { leftMs?: number } & Partial<SyncDependencies>,
  ): Promise<number[]>;
}

export function openSyncQueue(vault: Vault): SyncQueue {
  const provider = simulateSquare(vault.clock);
  const sent: SyncQueue['sent'] = [];
  const reported: SyncQueue['reported'] = [];
  const { proxy } = vault.database;
  return {
    provider,
    sent,
    reported,
    open: () => openPlace(vault.database, { pageSize: 2 }),
    openNowhere: () => openDatabase({ url: 'postgres://nobody@127.0.0.1:1/none', proxy, maxConnections: 1 }),
    receive: async ({ runs, checks }, messages, { leftMs = 300_000, ...changed } = {}) => {
      const handler = createSync(() => ({
        runs,
        checks,
        credentials: { ...vault.process({ square: provider.oauth }), system: vault.database.system },
        send: async (message) => void sent.push(message),
        report: (level, event, fields) => void reported.push({ level, event, ...fields }),
        ...changed,
      }));
      const records = messages.map((message) => ({
        messageId: randomUUID(),
        body: JSON.stringify(message),
        attributes: { ApproximateReceiveCount: '1' },
      }));
      const event = { Records: records } as unknown as SQSEvent;
      const { batchItemFailures } = await handler(event, { getRemainingTimeInMillis: () => leftMs });
      const failed = new Set(batchItemFailures.map(({ itemIdentifier }) => itemIdentifier));
      return records.flatMap(({ messageId }, index) => (failed.has(messageId) ? [index] : []));
    },
  };
}
