import { requiredVariable } from './names.ts';

/**
 * The domain that mails come from, as an identity of Amazon SES. People make it once for all stages, since it needs their DNS: so it is
 * looked up here, and a deployment fails where there is none.
 */
export const mailIdentity = aws.sesv2.getEmailIdentityOutput({
  emailIdentity: requiredVariable('MAIL_FROM').replace(/^.*@/, ''),
});
