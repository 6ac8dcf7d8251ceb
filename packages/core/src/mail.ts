/** A message to one person, by what it is about. A token in it is a secret: no log and no queue may hold it. */
export type Mail =
  | { readonly kind: 'verify_email'; readonly to: string; readonly token: string }
  | { readonly kind: 'reset_password'; readonly to: string; readonly token: string }
  /** Somebody tried to sign up with an address that has an account: only its owner is told. */
  | { readonly kind: 'address_in_use'; readonly to: string }
  | {
      readonly kind: 'invitation';
      readonly to: string;
      readonly invitationId: string;
      /** The name of who invites. */
      readonly organization: string;
    };

/** Hands a message to whoever delivers it. @throws when it was not taken */
export type SendMail = (mail: Mail) => Promise<void>;
