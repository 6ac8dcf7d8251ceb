import { expect, test } from 'vitest';
import { findFreePort, isPortFree, reservePort } from './free-port.ts';

test('a taken port yields the next free one', async () => {
  const first = await reservePort();
  const second = await reservePort(first.port);
  expect(second.port).toBeGreaterThan(first.port);
  expect(second.port).toBeLessThanOrEqual(first.port + 50);
  await Promise.all([first.release(), second.release()]);
});

test('a reserved port is taken until released, and then free', async () => {
  const reserved = await reservePort();
  expect(await isPortFree(reserved.port)).toBe(false);
  await reserved.release();
  expect(await isPortFree(reserved.port)).toBe(true);
  expect(await findFreePort()).toBeGreaterThan(0);
});
