/** What is asked of one bucket of tokens, which fills up by one token per interval until it holds `burst`. */
export interface TokenQuestion {
  /** Names the bucket, and tells nobody whose it is. */
  key: string;
  intervalMicros: number;
  burst: number;
  /** Tokens wanted; fewer may be granted. */
  want: number;
}

export interface TokenAnswer {
  granted: number;
  /** Tokens left in the bucket. */
  left: number;
  /** Until there is a token again; 0 when one was granted. */
  waitMs: number;
}

/** Takes from buckets that all instances share, from each what there is. One answer per question, in their order. @throws AppError `unavailable` */
export type TakeTokens = (questions: readonly TokenQuestion[]) => Promise<readonly TokenAnswer[]>;
