import type { Random } from '../kernel/random.ts';
import type { Timeline } from '../kernel/timeline.ts';
import type { WebhookSender } from '../kernel/webhook-sender.ts';
import { type Account, type AccountContext, createAccount, type MerchantInput } from './account.ts';
import { createEventLog, type EventLog } from './event-log.ts';
import { createGrants, type Grants } from './grants.ts';
import type { RowListOptions } from './row-list.ts';
import type { SquareEnvelope } from './schemas.ts';
import { createSubscriptionDesk, type SubscriptionDesk } from './webhooks.ts';

/** As in the Developer Console. */
export interface Registration {
  clientId: string;
  clientSecret: string;
  redirectUrl: string;
  /** The application's own access token, for webhook subscriptions and events. */
  accessToken: string;
}

/** What a merchant says on the permission page. */
export type Consent =
  | { kind: 'deny' }
  | {
      kind: 'approve';
      merchantId: string /** Fewer than asked; all that was asked unless told. */;
      scopes?: readonly string[];
    };

/** One application at Square, and the merchants that may use it. */
export interface Application {
  readonly registration: Registration;
  readonly timeline: Timeline;
  readonly random: Random;
  readonly grants: Grants;
  readonly accounts: ReadonlyMap<string, Account>;
  readonly desk: SubscriptionDesk;
  readonly events: EventLog;
  addAccount(input: MerchantInput): Account;
  /** The answer to the next permission page; the last one stays. */
  consent(): Consent;
  decide(consent: Consent): void;
  /** Ends a merchant's authorization: `oauth.authorization.revoked`. */
  revoke(merchantId: string, revokerType: 'APPLICATION' | 'MERCHANT' | 'SQUARE'): void;
}

export interface ApplicationOptions {
  readonly registration: Registration;
  readonly timeline: Timeline;
  readonly random: Random;
  readonly sender: WebhookSender;
  readonly lists: RowListOptions;
  readonly processingFeeAfterMs: number | null;
}

export function createApplication(options: ApplicationOptions): Application {
  const { registration, timeline, random, sender, lists, processingFeeAfterMs } = options;
  const accounts = new Map<string, Account>();
  const grants = createGrants(timeline, random.fork('tokens'));
  const desk = createSubscriptionDesk(timeline, random.fork('subscriptions'), sender);
  const events = createEventLog(timeline);
  const eventRandom = random.fork('events');
  let decided: Consent | null = null;

  const notify: AccountContext['notify'] = (merchantId, type, name, id, object) => {
    const isHeard = desk.all().length > 0 || events.isEnabled();
    if (!isHeard) return;
    const event = toEnvelope({ merchantId, type, name, id, object }, eventRandom, timeline);
    events.add(event);
    desk.notify(event, (scope) => grants.hasScope(merchantId, scope));
  };
  const context: AccountContext = { timeline, random: random.fork('objects'), lists, processingFeeAfterMs, notify };

  return {
    registration,
    timeline,
    random,
    grants,
    accounts,
    desk,
    events,
    addAccount: (input) => {
      const account = createAccount(input, context);
      accounts.set(account.id, account);
      return account;
    },
    consent: () => decided ?? { kind: 'approve', merchantId: [...accounts.keys()][0] ?? '' },
    decide: (consent) => {
      decided = consent;
    },
    revoke: (merchantId, revokerType) => {
      if (!grants.revokeMerchant(merchantId)) return;
      const revocation = { revoked_at: timeline.now().toISOString(), revoker_type: revokerType };
      notify(merchantId, 'oauth.authorization.revoked', 'revocation', eventRandom.uuid(), revocation);
    },
  };
}

interface Happening {
  readonly merchantId: string;
  readonly type: string;
  readonly name: string;
  readonly id: string;
  readonly object: object;
}

function toEnvelope(
  { merchantId, type, name, id, object }: Happening,
  random: Random,
  { now }: Timeline,
): SquareEnvelope {
  return {
    merchant_id: merchantId,
    type,
    event_id: random.uuid(),
    created_at: now().toISOString(),
    data: { type: name, id, object: { [name]: object } as NonNullable<SquareEnvelope['data']['object']> },
  };
}
