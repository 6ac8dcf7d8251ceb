import { rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type FunctionName, routes, schedules } from '@tributary/infra/topology';
import { type Bundle, bundleFunctions, projectRoot, watchFunctions } from './bundle.ts';
import type { EventSource } from './event-source.ts';
import { reservePort } from './free-port.ts';
import { startGateway } from './gateway.ts';
import { createIssuer, type Issuer } from './issuer.ts';
import { createLocalRoutes } from './local-routes.ts';
import { takeLock } from './lock-file.ts';
import { databaseName } from './roles.ts';
import { startScheduler } from './scheduler.ts';
import { createShutdown, type Shutdown } from './shutdown.ts';
import { createFunctions, type Functions, functionSpecs, queueNames, startPollers } from './stack-functions.ts';
import type { Stack, StackOptions, StageValues } from './stack-options.ts';
import { type Services, startServices, surroundingsOf } from './stack-services.ts';
import { createTraffic } from './traffic.ts';

/** What `fresh` removes; the lock stays. */
const lastingParts = ['postgres', 'sqs', 'kms.json', 'secrets.json', 'issuer.json', 'build'];
const betweenLooksMs = 20;

const depthsOf = ({ sqs }: Services) => Object.fromEntries(queueNames.map((name) => [name, sqs.depth(name)]));

function startSchedules({ call }: Functions, log: (line: string) => void) {
  const specs: Readonly<Record<string, { function: FunctionName; rate: string }>> = schedules;
  const rates = Object.fromEntries(Object.entries(specs).map(([name, { rate }]) => [name, rate]));
  const run = async (name: string) => {
    const spec = specs[name];
    if (spec !== undefined) await call(spec.function, {});
  };
  return startScheduler(rates, run, log);
}

async function openGateway(
  options: StackOptions & { root: string; port: number; issuer: Issuer; edgeKeys: string },
  services: Services,
  functions: Functions,
  shutdown: Shutdown,
) {
  const { root, port, issuer, log } = options;
  const traffic = createTraffic(services.postgres.url(databaseName), () => depthsOf(services));
  shutdown.add('traffic', () => traffic.stop());
  const local = createLocalRoutes({
    issuer,
    traffic,
    mails: services.ses.mails,
    openapiPath: join(root, 'packages/docs/openapi.json'),
  });
  const [edgeKey = ''] = options.edgeKeys.split(',');
  const gateway = await startGateway({ port, routes, invoke: functions.invoke, edgeKey, local, log });
  shutdown.add('gateway', () => gateway.stop());
}

async function watch(root: string, outDir: string, functions: Functions, log: (line: string) => void) {
  const onRebuilt = ({ functionName }: Bundle) => {
    functions.reload(functionName);
    log(`${functionName} rebuilt`);
  };
  return watchFunctions(root, outDir, functionSpecs, onRebuilt, log);
}

function whenDrained(services: Services, functions: Functions, pollers: readonly EventSource[]) {
  const idle = () =>
    Object.values(depthsOf(services)).every(({ visible, inFlight, delayed }) => visible + inFlight + delayed === 0) &&
    pollers.every((poller) => poller.running === 0) &&
    functions.running === 0;
  return async () => {
    while (!idle()) await delay(betweenLooksMs);
  };
}

function withValues(options: StackOptions, { settings, secrets }: StageValues = {}): StackOptions {
  return {
    ...options,
    settings: { ...options.settings, ...settings },
    secrets: { ...options.secrets, ...secrets },
  };
}

async function assemble(options: StackOptions, dataDir: string, shutdown: Shutdown): Promise<Stack> {
  const { log } = options;
  const root = resolve(options.root ?? projectRoot);
  const outDir = join(dataDir, 'build');
  const bundling = options.bundle?.() ?? bundleFunctions(root, outDir, functionSpecs);
  // Read when awaited below; until then a failed start elsewhere must not leave it unheard.
  bundling.catch(() => undefined);
  const services = await startServices(options, dataDir, shutdown);
  const reserved = await reservePort(options.port);
  shutdown.add('port', () => reserved.release());
  const gatewayUrl = `http://127.0.0.1:${reserved.port}`;
  const provided = await options.startProviders?.(gatewayUrl, shutdown);
  const around = surroundingsOf(withValues(options, provided), dataDir, services, gatewayUrl);
  const bundles = await bundling;
  const functions = createFunctions(bundles, around, log);
  shutdown.add('functions', () => functions.stop());
  await functions.call('opsMigrate', {});

  const { JWT_ISSUER, JWT_AUDIENCE } = around.settings;
  const keyFile = join(dataDir, 'issuer.json');
  const issuer = await createIssuer({ keyFile, issuer: JWT_ISSUER, audience: JWT_AUDIENCE });
  await reserved.release();
  const edgeKeys = around.secrets.EdgeKeys;
  await openGateway({ ...options, root, port: reserved.port, issuer, edgeKeys }, services, functions, shutdown);
  const pollers = startPollers(options, services.sqs, functions.invoke);
  shutdown.add('pollers', () => Promise.all(pollers.map((poller) => poller.stop())));
  const scheduler = startSchedules(functions, log);
  shutdown.add('schedules', () => scheduler.stop());
  if (options.watch === true) {
    const watching = await watch(root, outDir, functions, log);
    shutdown.add('watch', () => watching.stop());
  }

  const { postgres, sqs } = services;
  return {
    gatewayUrl,
    sqsUrl: sqs.url,
    superuserUrl: postgres.url(databaseName),
    bundles,
    secrets: around.secrets,
    settings: around.settings,
    invoke: functions.call,
    token: (orgId, role) => issuer.mint({ orgId, role }),
    consumerToken: issuer.mintConsumer,
    mails: services.ses.mails,
    queueDepths: () => depthsOf(services),
    drained: whenDrained(services, functions, pollers),
    stopPostgres: postgres.stop,
    crashPostgres: postgres.crash,
    startPostgres: postgres.start,
    stopSqs: sqs.closeDoor,
    startSqs: sqs.openDoor,
    stop: shutdown.run,
  };
}

/**
 * Starts the whole stack of `infra/topology.ts` on this machine, ready for requests when it resolves.
 * @throws LockedError when another process runs on the same data folder; any failure stops what was already started.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  const dataDir = resolve(options.dataDir);
  const shutdown = createShutdown(options.log);
  const release = await takeLock(join(dataDir, 'lock'));
  shutdown.add('lock', release);
  try {
    if (options.fresh === true) {
      for (const part of lastingParts) rmSync(join(dataDir, part), { recursive: true, force: true });
    }
    return await assemble(options, dataDir, shutdown);
  } catch (error) {
    await shutdown.run();
    throw error;
  }
}
