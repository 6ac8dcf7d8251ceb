import type { Role } from '@tributary/http/role';

/** Every member: nobody in the organization is kept from its business figures. */
export const members: readonly Role[] = ['owner', 'admin', 'finance', 'analyst', 'operator', 'viewer'];

/** Who decides what customers get. */
export const managers: readonly Role[] = ['owner', 'admin'];

/** Who sees to it that events arrive. */
export const operators: readonly Role[] = ['owner', 'admin', 'operator'];
