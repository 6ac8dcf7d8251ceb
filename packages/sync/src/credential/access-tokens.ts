import { PermanentFailure } from '@tributary/core/errors';
import { ProviderError } from '@tributary/core/provider-error';
import { withTenant } from '@tributary/db/transaction';
import { isUnauthorized, isUnavailable } from './failure.ts';
import { renew } from './renew.ts';
import { clientOf, type RenewalDependencies } from './renewal-dependencies.ts';
import { credentialColumns, keyOf, placeOf, type StoredCredential } from './stored-credential.ts';

/** What lets one call in at the provider of one connection. */
export interface Access {
  accessToken: string;
  provider: string;
  /** The provider's id of the merchant or organisation. */
  accountRef: string;
  region: string | null;
}

export interface ConnectionKey {
  orgId: string;
  connectionId: string;
}

export interface AccessTokens {
  /**
   * Calls with an access token that works, renewed before it ends. When the provider refuses it (`unauthorized`) it is renewed, unless
   * somebody has done so already, and `call` runs once more: let it ask for one thing, and have no effect before it is let in.
   * Refused again, the connection needs somebody to authorise us anew, which is reported once. A token that still opens the account is
   * not blamed for what it was refused (`OAuthClient.opens`): the refusal is thrown, and nothing is renewed or stopped for it.
   * @throws PermanentFailure `not_connected` when there is nothing to call with, `needs_reconnect` until somebody authorises us;
   * `credential_unreadable`
   * @throws AppError `unavailable` and ProviderError when it may work later; whatever `call` throws
   */
  withToken<Result>(connection: ConnectionKey, call: (access: Access) => Promise<Result>): Promise<Result>;
  /**
   * The same for work of a minute at most that asks much: what lets a connection in is looked up once, and again where it is refused. A
   * token lasts that long, and one that is taken away meanwhile is refused.
   */
  forBatch(): Pick<AccessTokens, 'withToken'>;
}

/** A token is renewed this long before it ends: it must outlast the call it is taken for, and a clock that is off. */
const safetyMarginMs = 2 * 60_000;

export function createAccessTokens(dependencies: RenewalDependencies): AccessTokens {
  const open: Open = (connection, refused) => openAccess(dependencies, connection, refused);
  return {
    withToken: withTokenBy(dependencies, open),
    forBatch: () => ({ withToken: withTokenBy(dependencies, rememberOpened(open)) }),
  };
}

/** @param refused what the provider has just refused */
type Open = (connection: ConnectionKey, refused: OpenAccess | null) => Promise<OpenAccess>;

function withTokenBy(dependencies: RenewalDependencies, open: Open): AccessTokens['withToken'] {
  return async (connection, call) => {
    const first = await open(connection, null);
    try {
      return await call(first.access);
    } catch (error) {
      await throwUnlessShutOut(dependencies, first.access, error);
    }
    const second = await open(connection, first);
    try {
      return await call(second.access);
    } catch (error) {
      await throwUnlessShutOut(dependencies, second.access, error);
      throw await stopConnection(dependencies, connection, second, error);
    }
  };
}

/** What may be otherwise a moment later, such as a database that is away, is not remembered. */
function rememberOpened(open: Open): Open {
  const opened = new Map<string, Promise<OpenAccess>>();
  return (connection, refused) => {
    const { connectionId } = connection;
    const known = refused === null ? opened.get(connectionId) : undefined;
    if (known !== undefined) return known;
    const opening = open(connection, refused);
    opened.set(connectionId, opening);
    opening.catch((error: unknown) => {
      if (!(error instanceof PermanentFailure) && opened.get(connectionId) === opening) opened.delete(connectionId);
    });
    return opening;
  };
}

/** Returns when the token was refused, and lets us into the account for nothing. */
async function throwUnlessShutOut({ oauth }: RenewalDependencies, access: Access, error: unknown): Promise<void> {
  if (!isUnauthorized(error)) throw error;
  const { provider, region, ...rest } = access;
  const opens = await clientOf(oauth, provider).opens?.({ ...rest, ...(region !== null && { region }) });
  if (opens) throw error;
}

interface OpenAccess {
  access: Access;
  credentialId: string;
  version: number;
}

async function openAccess(
  dependencies: RenewalDependencies,
  connection: ConnectionKey,
  refused: OpenAccess | null,
): Promise<OpenAccess> {
  const { accountRef, ...stored } = await readConnected(dependencies, connection);
  const isRefused = stored.id === refused?.credentialId && stored.version === refused.version;
  const credential = requireActive(
    isRefused ? await renew(dependencies, stored) : await renewInTime(dependencies, stored),
  );
  const { provider, region, version, sealedAccessToken } = credential;
  const accessToken = await dependencies.envelope.open(placeOf(keyOf(credential), 'access_token'), sealedAccessToken);
  return { access: { accessToken, provider, accountRef, region }, credentialId: credential.id, version };
}

/** A renewal that fails while the token still works is tried again with the next call. */
async function renewInTime(dependencies: RenewalDependencies, stored: StoredCredential): Promise<StoredCredential> {
  const leftMs = () => (stored.accessExpiresAt?.getTime() ?? Number.POSITIVE_INFINITY) - dependencies.clock().getTime();
  if (leftMs() > safetyMarginMs) return stored;
  try {
    return await renew(dependencies, stored);
  } catch (error) {
    const mayPass = error instanceof ProviderError || isUnavailable(error);
    if (mayPass && leftMs() > 0) return stored;
    throw error;
  }
}

interface Connected extends StoredCredential {
  accountRef: string;
}

async function readConnected(
  { worker }: RenewalDependencies,
  { orgId, connectionId }: ConnectionKey,
): Promise<Connected> {
  const [connected] = await withTenant({ database: worker, orgId }, (tx) =>
    tx.query<Connected & { connectionStatus: string }>(
      `select ${credentialColumns}, c.account_ref as "accountRef", c.status as "connectionStatus"
       from sync.connections c join sync.credentials k on k.org_id = c.org_id and k.id = c.credential_id
       where c.org_id = $1 and c.id = $2 and c.status <> 'disconnected'`,
      [orgId, connectionId],
    ),
  );
  if (!connected) throw notConnected();
  const { connectionStatus, ...credential } = connected;
  if (connectionStatus === 'needs_reconnect') throw needsReconnect();
  requireActive(credential);
  return credential;
}

function requireActive(credential: StoredCredential): StoredCredential {
  if (credential.status === 'active') return credential;
  throw credential.status === 'needs_reconnect' ? needsReconnect() : notConnected();
}

/** A fresh token is refused: the set is good, since it renews, but it does not open this account any more. Others may use it still. */
async function stopConnection(
  { worker, report }: RenewalDependencies,
  { orgId, connectionId }: ConnectionKey,
  { access, credentialId }: OpenAccess,
  cause: unknown,
): Promise<PermanentFailure> {
  const stopped = await withTenant({ database: worker, orgId }, (tx) =>
    tx.query(
      `update sync.connections set status = 'needs_reconnect', next_run_at = null
       where org_id = $1 and id = $2 and credential_id = $3 and status in ('active', 'paused', 'error') returning id`,
      [orgId, connectionId, credentialId],
    ),
  );
  const fields = { orgId, connectionId, credentialId, provider: access.provider, reason: 'access_refused' };
  if (stopped.length > 0) report('ERROR', 'needs_reconnect', fields);
  return needsReconnect(cause);
}

function needsReconnect(cause?: unknown): PermanentFailure {
  return new PermanentFailure('needs_reconnect', 'The merchant has to authorise us anew.', { cause });
}

function notConnected(): PermanentFailure {
  return new PermanentFailure('not_connected', 'The connection has nothing to call its provider with.');
}
