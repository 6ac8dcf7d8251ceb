import type { Mail } from '@tributary/core/mail';

export interface ComposedMail {
  subject: string;
  text: string;
}

/**
 * The words of a mail: plain text, and no more than it must hold. Links lead to the front end, with the token after `#`, which browsers send
 * to no server, so that it is in nobody's log.
 * @param appUrl of the front end, without a slash at the end
 */
export function composeMail(mail: Mail, appUrl: string): ComposedMail {
  switch (mail.kind) {
    case 'verify_email':
      return {
        subject: 'Verify your e-mail address',
        text: `Open this link to verify your address, within a day:\n\n${appUrl}/verify-email#token=${mail.token}\n\nIf you have not signed up, do nothing.\n`,
      };
    case 'reset_password':
      return {
        subject: 'Set another password',
        text: `Open this link to set another password, within half an hour:\n\n${appUrl}/reset-password#token=${mail.token}\n\nIf you have not asked for it, do nothing: your password is as it was.\n`,
      };
    case 'address_in_use':
      return {
        subject: 'You have an account already',
        text: `Somebody tried to sign up with your address, which has an account. If it was you, sign in, or set another password:\n\n${appUrl}/sign-in\n\nIf it was not, do nothing: they learnt nothing.\n`,
      };
    case 'invitation':
      return {
        subject: 'You are invited',
        text: `${oneLine(mail.organization)} invites you. Sign in with this address to accept or refuse, within seven days:\n\n${appUrl}/invitations/${mail.invitationId}\n`,
      };
  }
}

/** A name that somebody chose, so that it can neither begin a paragraph of its own nor be taken for a link. */
function oneLine(name: string): string {
  return `“${name
    .replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/[:/.]/g, ' ')
    .trim()
    .slice(0, 80)}”`;
}
