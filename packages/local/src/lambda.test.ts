import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { createLambda, type LambdaFunction, type LambdaOptions } from './lambda.ts';

const probe = fileURLToPath(new URL('../test/functions/probe.mjs', import.meta.url));
const running: LambdaFunction[] = [];

function create(options: Partial<LambdaOptions> = {}): LambdaFunction {
  const lambda = createLambda({
    functionName: 'probe',
    bundlePath: probe,
    timeoutSeconds: 5,
    memoryMb: 64,
    env: {},
    concurrency: 1,
    log: () => undefined,
    ...options,
  });
  running.push(lambda);
  return lambda;
}

afterEach(async () => {
  for (const lambda of running.splice(0)) await lambda.stop();
});

test('module state stays warm between invocations', async () => {
  const lambda = create();
  expect(await lambda.invoke({ do: 'count' })).toEqual({ payload: { invocations: 1 } });
  expect(await lambda.invoke({ do: 'count' })).toEqual({ payload: { invocations: 2 } });
});

test('a function sees its own environment only, and a Lambda context', async () => {
  const lambda = create({ env: { ONLY: 'this' }, timeoutSeconds: 7 });
  const { payload } = (await lambda.invoke({ do: 'echo', nested: [1, null] })) as { payload: Record<string, unknown> };
  expect(payload.env).toEqual({ ONLY: 'this' });
  expect(payload.event).toEqual({ do: 'echo', nested: [1, null] });
  expect(payload.context).toMatchObject({ functionName: 'probe', memoryLimitInMB: '64' });
  const { awsRequestId, remainingMs } = payload.context as { awsRequestId: string; remainingMs: number };
  expect(awsRequestId).toMatch(/^[0-9a-f-]{36}$/);
  expect(remainingMs).toBeGreaterThan(4000);
  expect(remainingMs).toBeLessThanOrEqual(7000);
});

test('no return value is null, as on the wire', async () => {
  expect(await create().invoke({ do: 'nothing' })).toEqual({ payload: null });
});

test('a thrown error is a function error with its type, and the instance stays warm', async () => {
  const lines: string[] = [];
  const lambda = create({ log: (line) => void lines.push(line) });
  const result = await lambda.invoke({ do: 'throw' });
  expect(lines.join('\n')).toContain('RangeError: out of range');
  expect(result).toMatchObject({
    functionError: 'Unhandled',
    payload: { errorType: 'RangeError', errorMessage: 'out of range' },
  });
  expect(await lambda.invoke({ do: 'count' })).toEqual({ payload: { invocations: 2 } });
});

test.each(['hang', 'spin'])(
  'at the timeout an instance that would %s is killed and a new one serves',
  async (doing) => {
    const lambda = create({ timeoutSeconds: 0.6 });
    const result = await lambda.invoke({ do: doing });
    expect(result.payload).toMatchObject({
      errorType: 'Sandbox.Timedout',
      errorMessage: expect.stringContaining('Task timed out after 0.60 seconds'),
    });
    expect(await lambda.invoke({ do: 'count' })).toEqual({ payload: { invocations: 1 } });
  },
);

test.each(['exit', 'crash-later'])('an instance that ends by %s fails its own invocation only', async (doing) => {
  const lambda = create({ concurrency: 2 });
  const [crashed, survivor] = await Promise.all([lambda.invoke({ do: doing }), lambda.invoke({ do: 'wait', ms: 300 })]);
  expect(crashed).toMatchObject({ functionError: 'Unhandled', payload: { errorType: 'Runtime.ExitError' } });
  expect(survivor).toEqual({ payload: { invocations: 1 } });
  expect(await lambda.invoke({ do: 'count' })).toEqual({ payload: { invocations: 2 } });
});

test('it scales out to the limit and no further', async () => {
  const lambda = create({ concurrency: 2 });
  const results = await Promise.all([1, 2, 3].map(() => lambda.invoke({ do: 'wait', ms: 200 })));
  const counts = results.map((result) => (result.payload as { invocations: number }).invocations);
  expect(counts.toSorted()).toEqual([1, 1, 2]);
  expect(lambda.running).toBe(0);
});

test('more than six megabytes fail, in either direction', async () => {
  const lambda = create();
  expect((await lambda.invoke({ do: 'large' })).payload).toMatchObject({ errorType: 'Function.ResponseSizeTooLarge' });
  const event = { do: 'count', filler: 'x'.repeat(6 * 1024 * 1024) };
  expect((await lambda.invoke(event)).payload).toMatchObject({ errorType: 'RequestEntityTooLargeException' });
});

test('a bundle that cannot be loaded fails the invocation', async () => {
  expect((await create({ exportName: 'missing' }).invoke({})).payload).toMatchObject({ errorType: 'TypeError' });
  expect((await create({ bundlePath: '/nowhere.mjs' }).invoke({})).functionError).toBe('Unhandled');
});

test('after a reload new invocations run the new bundle', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'tributary-lambda-'));
  const bundlePath = join(folder, 'index.mjs');
  writeFileSync(bundlePath, 'export const handler = async () => 1');
  const lambda = create({ bundlePath });
  expect(await lambda.invoke({})).toEqual({ payload: 1 });
  writeFileSync(bundlePath, 'export const handler = async () => 2');
  expect(await lambda.invoke({})).toEqual({ payload: 1 });
  lambda.reload();
  expect(await lambda.invoke({})).toEqual({ payload: 2 });
  rmSync(folder, { recursive: true });
});
