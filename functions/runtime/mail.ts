import type { SendMail } from '@tributary/core/mail';
import { sendBySes } from '@tributary/identity/mail/send-by-ses';
import { sesEndpoint, setting } from './config.ts';
import { errorFields, log } from './log.ts';

/**
 * Sends this stage's mails. One that is not taken is logged and not told to whoever asked, who would learn from it that somebody has an
 * account; they ask again.
 */
export function mailer(): SendMail {
  const send = sendBySes({
    region: setting('AWS_REGION'),
    credentials: {
      accessKeyId: setting('AWS_ACCESS_KEY_ID'),
      secretAccessKey: setting('AWS_SECRET_ACCESS_KEY'),
      sessionToken: process.env.AWS_SESSION_TOKEN,
    },
    endpoint: sesEndpoint() ?? undefined,
    from: setting('MAIL_FROM'),
    appUrl: setting('APP_URL').replace(/\/$/, ''),
  });
  return async (mail) => {
    await send(mail).catch((error: unknown) =>
      log('ERROR', 'mail.refused', { kind: mail.kind, ...errorFields(error) }),
    );
  };
}
