import { createVirtualClock, type VirtualClock } from '@tributary/sandbox/kernel/virtual-clock';
import type { Merchant } from '@tributary/sandbox/square/merchant';
import { createSquareSandbox, type SquareSandbox, type SquareSandboxOptions } from '@tributary/sandbox/square/sandbox';
import { createCall } from '../walk/walk.fixture.ts';
import { addressOf } from './address.ts';

export const start = new Date('2026-11-21T12:00:00Z');
export const scopes = ['MERCHANT_PROFILE_READ', 'PAYMENTS_READ', 'ORDERS_READ'];

export interface Shop {
  clock: VirtualClock;
  square: SquareSandbox;
  merchant: Merchant;
  call: ReturnType<typeof createCall>;
  locationRef: string;
}

/** A merchant at the simulator, and our way to ask about it. */
export function openShop(options: SquareSandboxOptions = {}, granted = scopes): Shop {
  const clock = createVirtualClock(start);
  const square = createSquareSandbox({ timeline: clock, ...options });
  const merchant = square.merchant();
  const { accessToken } = square.authorize(merchant.id, granted);
  const address = addressOf({ apiUrl: 'https://connect.squareup.com', accountRef: merchant.id, accessToken });
  return {
    clock,
    square,
    merchant,
    call: createCall(address, square.fetch),
    locationRef: merchant.locations()[0]?.id ?? '',
  };
}
