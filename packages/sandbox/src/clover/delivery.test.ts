import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { cloverDelivery, cloverHandshake, cloverHeaders } from './delivery.ts';
import { cloverSchemas } from './schemas.ts';

const readPayload = (name: string) =>
  JSON.parse(readFileSync(new URL(`../../test/payloads/${name}`, import.meta.url), 'utf8'));

it.each(['clover.webhook.orders.json', 'clover.webhook.multi-merchant.json'])('makes a delivery like %s', (name) => {
  const { appId, merchants } = readPayload(name);
  expect(cloverDelivery(appId, merchants)).toEqual(readPayload(name));
  expect(() => cloverSchemas.delivery.parse(readPayload(name))).not.toThrow();
});

it('CL70 sends the auth code in the documented header', () => {
  const documented = readPayload('clover.webhook.headers.json');
  expect(new Headers(cloverHeaders(documented['X-Clover-Auth']))).toEqual(new Headers(documented));
});

it('makes a handshake of the code alone', () => {
  const documented = cloverSchemas.handshake.parse(readPayload('clover.webhook.verification.json'));
  expect(cloverHandshake(documented.verificationCode)).toEqual(documented);
});
