import { type Reply, readAuthorization, type SandboxRequest } from '../kernel/message.ts';
import type { Random } from '../kernel/random.ts';
import type { Timeline } from '../kernel/timeline.ts';
import type { Account } from './account.ts';
import type { CloverChange } from './delivery.ts';
import type { SandboxMerchant } from './objects.ts';
import type { TokenStore } from './tokens.ts';
import type { Place } from './wire.ts';

/** What an app may do at a merchant's, as the developer's dashboard grants it. */
export type CloverPermission = 'MERCHANT_R' | 'ORDERS_R' | 'PAYMENTS_R' | 'CUSTOMERS_R' | 'EMPLOYEES_R' | 'INVENTORY_R';

/** What the developer's dashboard says of the app. */
export interface CloverApp {
  /** `client_id`, and `appId` in deliveries. */
  readonly id: string;
  /** `client_secret` */
  readonly secret: string;
  /** Where merchants come back to; another path of the same origin may be asked for. Any, when there is none. */
  readonly redirectUri?: string;
  readonly permissions: readonly CloverPermission[];
}

export interface Merchant {
  readonly profile: SandboxMerchant;
  readonly account: Account;
  isInstalled: boolean;
  /** As the app had them when it was installed. */
  permissions: ReadonlySet<CloverPermission>;
}

/** All that the simulator knows. */
export interface World {
  readonly timeline: Timeline;
  readonly random: Random;
  readonly tokens: TokenStore;
  readonly merchants: Map<string, Merchant>;
  app: CloverApp;
  /** Of its addresses: where it is reached. */
  origin: string;
  /** Lists do not know yet what changed later than this long ago. */
  readonly listDelayMs: number;
  /** Tells the app by webhook. */
  tell(merchant: Merchant, change: Omit<CloverChange, 'ts'>): void;
}

export function refuse(status: number, message: string, headers: Record<string, string> = {}): Reply {
  return { status, headers, body: { message } };
}

/** @throws Error when there is none: the caller is a test, not the app. */
export function merchantOf(world: World, merchantId: string): Merchant {
  const merchant = world.merchants.get(merchantId);
  if (merchant === undefined) throw new Error(`The sandbox has no merchant ${merchantId}.`);
  return merchant;
}

export function placeOf(world: World, merchant: Merchant): Place {
  return { href: `${world.origin}/v3/merchants/${merchant.profile.id}`, account: merchant.account };
}

/** The merchant that the request may read; null for whatever reason it may not. */
export function authorize(
  world: World,
  request: SandboxRequest,
  merchantId: string | undefined,
  permission: CloverPermission,
): Merchant | null {
  const merchant = world.merchants.get(merchantId ?? '');
  const token = readAuthorization(request, 'Bearer');
  if (merchant === undefined || token === null) return null;
  const isTheirs = token === merchant.profile.accessToken || world.tokens.merchantOf(token) === merchant.profile.id;
  return isTheirs && merchant.isInstalled && merchant.permissions.has(permission) ? merchant : null;
}

export function nowMsOf({ timeline }: World): number {
  return timeline.now().getTime();
}

/** A new id as Clover makes them: 13 letters and digits. */
export function drawId({ random }: World): string {
  return random.text(13, '0123456789ABCDEFGHJKMNPQRSTVWXYZ');
}
