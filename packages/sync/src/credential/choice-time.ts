/** How long somebody may choose from the accounts they have authorised; tokens without an account are kept as long. */
export const choiceMs = 24 * 60 * 60_000;

/** When accounts that nobody chose are ended, after they were authorised: whoever chose at the last moment is done by then. */
export const unchosenMs = choiceMs + 60 * 60_000;
