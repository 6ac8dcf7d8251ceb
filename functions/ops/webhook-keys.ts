import { keyUses } from '@tributary/inbox/key-uses';
import { webhookKeyList } from '../runtime/config.ts';
import { database } from '../runtime/database.ts';
import { type ReportedKey, reportKeys } from '../runtime/webhook-key-report.ts';

const secrets = { square: 'SquareSignatureKeys', clover: 'CloverAuthCodes', xero: 'XeroWebhookKeys' } as const;

interface ProviderKeys {
  /** False: every delivery is answered 503. */
  isReadable: boolean;
  keys: ReportedKey[];
}

/** The keys each provider's webhook is proven by, and since when and until when each was in use: how far a rotation has come. */
export async function handler(): Promise<Record<string, ProviderKeys>> {
  const uses = Map.groupBy(await keyUses(database('system')), ({ provider }) => provider);
  const at = new Date();
  return Object.fromEntries(
    Object.entries(secrets).map(([provider, secret]) => {
      const configured = webhookKeyList(secret);
      return [
        provider,
        { isReadable: configured !== null, keys: reportKeys(configured ?? [], uses.get(provider) ?? [], at) },
      ];
    }),
  );
}
