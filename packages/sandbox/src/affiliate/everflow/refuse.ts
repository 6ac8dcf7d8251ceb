import type { Reply } from '../../kernel/message.ts';

/** https://developers.everflow.io/user-guide/errors */
export const refuse = (status: number, error: string): Reply => ({ status, body: { error } });
