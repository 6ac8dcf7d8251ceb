import type { Database } from '@tributary/db/connection';
import { systemStatement } from '@tributary/db/transaction';
import type { Delivery } from './accept.ts';
import type { Registry, Sequences } from './registry.ts';

/**
 * Remembers the numbers of deliveries that came, one statement for the batch; a copy changes nothing. Done before they are stored:
 * what is then not stored comes again, whereas a number that came and was not noted would look like a lost event.
 */
export async function noteSequences(
  system: Database,
  registry: Registry,
  deliveries: readonly Delivery[],
): Promise<void> {
  const noted = deliveries.flatMap(({ provider, receivedAt, body, handshake }) => {
    const sequences = handshake ? null : (registry[provider]?.sequencesOf?.(body) ?? null);
    return sequences === null ? [] : [{ provider, receivedAt, sequences }];
  });
  if (noted.length === 0) return;
  const boundsOf = (sequences: Sequences) => (sequences === 'restart' ? null : sequences);
  await systemStatement(
    system,
    `insert into inbox.sequences as s (provider, seen, restarted_at, looked_at)
     select n.provider, coalesce(range_agg(int8range(n.first, n.last, '[]')) filter (where n.first is not null), '{}'),
       max(n.received_at) filter (where n.first is null),
       coalesce(max(n.received_at) filter (where n.first is null), '-infinity')
     from unnest($1::text[], $2::timestamptz[], $3::int8[], $4::int8[]) as n (provider, received_at, first, last)
     group by n.provider order by n.provider
     on conflict (provider) do update set
       seen = case when excluded.restarted_at is null then s.seen + excluded.seen else excluded.seen end,
       missing = case when excluded.restarted_at is null then s.missing else '{}' end,
       restarted_at = greatest(s.restarted_at, excluded.restarted_at), looked_at = greatest(s.looked_at, excluded.looked_at)
     where excluded.restarted_at is not null or not s.seen @> excluded.seen`,
    [
      noted.map(({ provider }) => provider),
      noted.map(({ receivedAt }) => receivedAt),
      noted.map(({ sequences }) => boundsOf(sequences)?.first ?? null),
      noted.map(({ sequences }) => boundsOf(sequences)?.last ?? null),
    ],
  );
}
