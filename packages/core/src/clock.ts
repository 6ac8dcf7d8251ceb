/** Where "now" comes from. Passed in a context, never read from the ambient clock inside a verb. */
export type Clock = () => Date;

export const systemClock: Clock = () => new Date();
