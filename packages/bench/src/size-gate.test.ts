import type { FunctionSpec } from '@tributary/infra/specs';
import { functions } from '@tributary/infra/topology';
import { bundlesFrom } from '@tributary/local/bundle-server';
import { beforeAll, describe, expect, inject, it } from 'vitest';
import { type FunctionBundle, limitsOf, packagesIn, toFunctionBundle, webhookFunctions } from './cold/bundles.ts';

// Whatever else turns up here (a driver, a provider's SDK) would be paid for by every cold start of a webhook.
const allowedInWebhooks = /^(zod|sst|bowser|@(aws|aws-sdk|smithy)\/.+|packages\/(core|providers|queue))$/;

const bundles = new Map<string, FunctionBundle>();
const bundleOf = (name: string) => {
  const bundle = bundles.get(name);
  if (bundle === undefined) throw new Error(`${name} is not bundled`);
  return bundle;
};
beforeAll(async () => {
  for (const bundle of await bundlesFrom(inject('bundlesUrl'))) {
    bundles.set(bundle.functionName, toFunctionBundle(bundle));
  }
}, 180_000);

describe.each(Object.keys(functions) as (keyof typeof functions)[])('the bundle of %s', (name) => {
  it('is no larger than its limits, at start and in all', () => {
    const { initialBytes, totalBytes } = bundleOf(name);
    const limits = limitsOf(name);
    expect(initialBytes, `${initialBytes} bytes at start`).toBeLessThanOrEqual(limits.initialBytes);
    expect(totalBytes, `${totalBytes} bytes in all`).toBeLessThanOrEqual(limits.totalBytes);
  });
});

it.each(webhookFunctions)(
  '%s carries no database driver, no provider SDK, nothing beyond what a webhook needs',
  (name) => {
    const packages = [...packagesIn(bundleOf(name))];
    expect(packages).toEqual(expect.arrayContaining(['sst', '@aws-sdk/client-sqs', 'packages/providers']));
    expect(packages.filter((found) => !allowedInWebhooks.test(found))).toEqual([]);
  },
);

const specs = Object.entries<FunctionSpec>(functions);

it.each(specs.filter(([, { sends }]) => sends === undefined).map(([name]) => name))(
  '%s sends nothing, and carries no client of the queues',
  (name) => expect([...packagesIn(bundleOf(name))]).not.toContain('@aws-sdk/client-sqs'),
);

it.each(specs.filter(([, { databases }]) => databases === undefined).map(([name]) => name))(
  '%s has no database, and carries no driver of one',
  (name) => expect([...packagesIn(bundleOf(name))]).not.toContain('@neondatabase/serverless'),
);

it('a driver in a bundle is seen', () => {
  const packages = [...packagesIn(bundleOf('queuesIngest'))];
  expect(packages.filter((found) => !allowedInWebhooks.test(found))).toEqual(
    expect.arrayContaining(['@neondatabase/serverless', 'drizzle-orm', 'packages/db']),
  );
});
