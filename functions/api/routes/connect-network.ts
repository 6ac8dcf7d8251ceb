import { networkAccount } from '@tributary/affiliate/account/account';
import { accountLabel, openAccount } from '@tributary/affiliate/account/open-account';
import { showAccounts } from '@tributary/affiliate/account/show-accounts';
import { AppError } from '@tributary/core/errors';
import { ProviderError } from '@tributary/core/provider-error';
import { type Context, route } from '@tributary/http/route';
import { readCredentials } from '@tributary/providers/affiliate/credentials';
import type { Credentials, Network, VerifiedAccount } from '@tributary/providers/affiliate/network';
import { connectByKey } from '@tributary/sync/connection/connect-by-key';
import { connection } from '@tributary/sync/connection/connection';
import { showConnections } from '@tributary/sync/connection/show-connections';
import type { GotTokens } from '@tributary/sync/credential/seal-tokens';
import * as z from 'zod';
import type { Asking } from '../../runtime/asking.ts';
import { answerOnce, type ConnectDeps, connectContext } from './connecting.ts';
import { exampleConnection } from './examples.ts';

/** What connecting a network needs beside what connecting a provider does. */
export interface NetworkDeps extends ConnectDeps {
  networks: Readonly<Record<string, Network>>;
  asking(): Asking;
}

const exampleAccount = {
  connectionId: exampleConnection.id,
  brand: 'awin',
  label: 'Main account',
  timeZone: 'Europe/London',
  currency: 'GBP',
  createdAt: exampleConnection.connectedAt,
};

const body = z.strictObject({
  credentials: z
    .record(z.string().max(40), z.string().max(500))
    .describe("By the names of the brand's credential fields (listBrands)."),
  label: accountLabel.nullable().default(null),
});

const connectNetwork = route({
  method: 'POST',
  path: '/v1/connect/networks/{brand}/accounts',
  operationId: 'connectNetwork',
  tags: ['Affiliate connections'],
  summary: 'Connects an account at an affiliate network, once its credentials have opened it',
  idempotent: true,
  params: z.strictObject({ brand: z.string().max(41) }),
  body,
  response: z.strictObject({ connection, account: networkAccount }),
  example: {
    body: {
      credentials: { publisherId: '123456', accessToken: '0e4dc2bb-9df8-4d72-a6ac-d0b8ef4dd5a1' },
      label: 'Main account',
    },
    response: { connection: { ...exampleConnection, provider: 'awin', accountRef: '123456' }, account: exampleAccount },
  },
  handler: (context: Context<NetworkDeps>, { params, body }) =>
    answerOnce(
      context,
      'connectNetwork',
      { ...params, ...body },
      () => connectWith(context, params.brand, body),
      async (tx, connectionId) => {
        const [shown] = await showConnections(tx, [connectionId], new Date());
        const [account] = await showAccounts(tx, [connectionId]);
        if (shown === undefined || account === undefined) throw new AppError('not_found', 'No such object.');
        return { connection: shown, account };
      },
    ),
});

async function connectWith(
  context: Context<NetworkDeps>,
  brand: string,
  { credentials: given, label }: z.output<typeof body>,
): Promise<string> {
  const network = Object.hasOwn(context.networks, brand) ? context.networks[brand] : undefined;
  if (network === undefined) throw new AppError('not_found', 'No such object.');
  const credentials = readCredentials(network.credentials, given);
  const { tokens, verified } = await verify(context, network, credentials);
  const { accountRef, name, timeZone, currency } = verified;
  return connectByKey(connectContext(context), {
    provider: network.slug,
    account: { accountRef, name },
    tokens,
    also: (tx, connectionId) => openAccount(tx, { connectionId, brand: network.slug, label, timeZone, currency }),
  });
}

/** @throws AppError `credentials_refused`, `provider_unavailable` */
async function verify(
  { asking, auth }: Context<NetworkDeps>,
  network: Network,
  credentials: Credentials,
): Promise<{ tokens: GotTokens; verified: VerifiedAccount }> {
  try {
    const { tokens: trade, call } = asking();
    const tokens = await trade(network, credentials);
    const verified = await network.verifyAuth(call(network, tokens.accessToken, auth.orgId), credentials);
    return { tokens, verified };
  } catch (error) {
    if (!(error instanceof ProviderError)) throw error;
    const options = { cause: error };
    if (error.kind === 'unauthorized' || error.kind === 'not_found')
      throw new AppError('credentials_refused', 'The network does not let these credentials in.', options);
    throw new AppError('provider_unavailable', 'The network gave no usable answer. Try again later.', options);
  }
}

export const connectNetworkRoutes = [connectNetwork];
