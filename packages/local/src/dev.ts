import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectRoot } from './bundle.ts';
import type { CliOptions } from './cli-options.ts';
import { connectShop, tellFirstPulls } from './demo/connect.ts';
import { newcomer } from './demo/merchants.ts';
import { owner, signInOwner } from './demo/owner.ts';
import { clientOf, findShop, openShop, sendMorning } from './demo/shop.ts';
import { sellAtTills } from './demo/tills.ts';
import { type Place, startPlace } from './simulators.ts';

/** The first thing the API lets one read without knowing an id. */
function samplePath(): string {
  const path = join(projectRoot, 'packages/docs/openapi.json');
  if (!existsSync(path)) return '/v1/wallets';
  const { paths } = JSON.parse(readFileSync(path, 'utf8')) as { paths: Record<string, { get?: unknown }> };
  const readable = Object.entries(paths).find(([name, verbs]) => verbs.get !== undefined && !name.includes('{'));
  return readable?.[0] ?? '/v1/wallets';
}

function untilAborted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/**
 * Opens the demo's shop on new data, and plays its morning, so that there is something to look at. On what a former run left it is
 * connected again: the providers of that run are gone. Who connects by hand then is another shop.
 */
async function shopOf(place: Place, log: (line: string) => void): Promise<string> {
  const { stack, simulators } = place;
  const known = await findShop(stack);
  const orgId = known ?? (await openShop(stack));
  const client = await clientOf(stack, orgId);
  const connected = await connectShop(client);
  if (known === null) {
    await tellFirstPulls(place, client, connected, log);
    await sendMorning(stack, log);
    await sellAtTills(place, client, connected, log);
  }
  simulators.square.approveAs(newcomer.square);
  simulators.clover.person.signIn(newcomer.clover);
  return orgId;
}

function print({ stack, simulators }: Place, token: string, json: boolean): void {
  const { gatewayUrl, sqsUrl, superuserUrl } = stack;
  const { square, clover, xero, networks, ecb } = simulators;
  const providers = { square: square.url, clover: clover.url, xero: xero.url, networks: networks.url, ecb: ecb.url };
  if (json) {
    const said = { gatewayUrl, docsUrl: `${gatewayUrl}/docs`, sqsUrl, databaseUrl: superuserUrl, providers, token };
    process.stdout.write(`${JSON.stringify(said)}\n`);
    return;
  }
  process.stdout.write(
    [
      '',
      `  Live traffic    ${gatewayUrl}/`,
      `  API reference   ${gatewayUrl}/docs`,
      `  Webhooks        ${gatewayUrl}/webhooks/square, …/clover, …/xero`,
      `  Database        ${superuserUrl}`,
      `  Simulators      Square ${square.url}, Clover ${clover.url}, Xero ${xero.url}`,
      `                  affiliate networks ${networks.url}/everflow, …/awin, …; exchange rates ${ecb.url}`,
      '',
      `  Sign in         POST ${gatewayUrl}/v1/auth/sign-in as ${owner.email}, password “${owner.password}”`,
      `  Mails           on ${gatewayUrl}/, and ${gatewayUrl}/local/mails`,
      '',
      '  Try (the owner’s token is good for five minutes; POST /local/token mints some for anybody, of 15):',
      `  curl -H 'authorization: Bearer ${token}' '${gatewayUrl}${samplePath()}'`,
      '',
      '  To connect an account by hand: packages/docs/connect.md, "Try it on this machine"; a network: affiliate.md, "Try it".',
      '  Ctrl-C stops it. Data stays; --reset starts from nothing.',
      '',
      '',
    ].join('\n'),
  );
}

/** The owner's, who signs in; on data from before there were people, one that is minted. */
function tokenOf({ stack }: Place, orgId: string, log: (line: string) => void): Promise<string> {
  return signInOwner(stack).catch(() => {
    log('this data has no owner who signs in: --reset starts anew');
    return stack.token(orgId, 'owner');
  });
}

/** Runs the stack until asked to stop, with providers, affiliate networks and exchange rates that answer on this machine. */
export async function dev(options: CliOptions): Promise<number> {
  const { log, port, signal, dataDir, reset } = options;
  log('starting PostgreSQL, SQS, KMS, the functions, and simulators of Square, Clover, Xero and affiliate networks');
  const place = await startPlace({ dataDir, fresh: reset, port, watch: true, log });
  const { stack } = place;
  try {
    const usedPort = new URL(stack.gatewayUrl).port;
    if (usedPort !== String(port)) log(`port ${port} is taken, using ${usedPort}`);
    const orgId = await shopOf(place, log);
    // Its schedule comes round in hours, and a network that pays in pounds is to be read at once.
    await stack.invoke('cronsRates', {});
    print(place, await tokenOf(place, orgId, log), options.json);
    await untilAborted(signal);
    log('stopping');
  } finally {
    await stack.stop();
  }
  return 0;
}
