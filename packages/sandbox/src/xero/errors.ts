import type { Reply } from '../kernel/message.ts';

/** Why Xero does not let a request in. @see https://github.com/freakboy3742/pyxero/pull/337 and XeroAPI/xero-node#320, #432 */
export type AccessProblem = 'no_token' | 'token_expired' | 'scope_missing' | 'tenant_not_connected';

const problems: Record<AccessProblem, { status: 401 | 403; detail: string }> = {
  no_token: { status: 401, detail: 'AuthenticationUnsuccessful' },
  token_expired: { status: 401, detail: 'TokenExpired: token expired at ' },
  scope_missing: { status: 401, detail: 'AuthorizationUnsuccessful' },
  tenant_not_connected: { status: 403, detail: 'AuthenticationUnsuccessful' },
};

/** `instance` is an id of its own for each refusal. */
export function accessProblem(problem: AccessProblem, instance: string, expiredAt?: Date): Reply {
  const { status, detail } = problems[problem];
  return {
    status,
    body: {
      Type: null,
      Title: status === 401 ? 'Unauthorized' : 'Forbidden',
      Status: status,
      Detail: expiredAt === undefined ? detail : `${detail}${toAmericanTime(expiredAt)}`,
      Instance: instance,
      Extensions: {},
    },
  };
}

/** `04/09/2023 05:16:59`. */
function toAmericanTime(date: Date): string {
  const [day = '', time = ''] = date.toISOString().split('T');
  const [year, month, dayOfMonth] = day.split('-');
  return `${month}/${dayOfMonth}/${year} ${time.slice(0, 8)}`;
}

export const notFound: Reply = { status: 404, body: 'The resource you are looking for cannot be found' };

export function badQuery(message: string): Reply {
  return { status: 400, body: { ErrorNumber: 16, Type: 'QueryParseException', Message: message } };
}

export function tokenError(
  error: 'invalid_client' | 'invalid_grant' | 'invalid_request' | 'unsupported_grant_type',
): Reply {
  return { status: 400, body: { error } };
}
