import { AppError } from '@tributary/core/errors';
import { isUuid } from '@tributary/core/ids';
import type { DataKeyContext } from './data-key-service.ts';

/** Where a credential belongs. It opens nowhere else: not in another organization, row or field. */
export interface CredentialPlace {
  readonly orgId: string;
  /** The row it stands in: a connection, or a set of tokens that serves several. Its name is fixed, since KMS knows it as `connection`. */
  readonly connectionId: string;
  /** Name of the field: `access_token`. */
  readonly field: string;
}

const fieldPattern = /^[a-z][a-z0-9_]{0,62}$/;

/** @throws AppError `validation_failed`, naming what is malformed and not quoting it. */
export function requirePlace(place: CredentialPlace): void {
  const issues = [
    ...(isUuid(place.orgId) ? [] : [{ path: 'orgId', message: 'must be a UUID' }]),
    ...(isUuid(place.connectionId) ? [] : [{ path: 'connectionId', message: 'must be a UUID' }]),
    ...(fieldPattern.test(place.field) ? [] : [{ path: 'field', message: 'must be a snake_case name' }]),
  ];
  if (issues.length > 0) throw new AppError('validation_failed', 'This is no place for a credential.', { issues });
}

/** What KMS binds the data key to. */
export function contextOf(place: CredentialPlace): DataKeyContext {
  return { org: place.orgId, connection: place.connectionId };
}
