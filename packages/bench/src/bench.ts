import type { CaseResult } from './result.ts';

export interface BenchOptions {
  /** Fewer rounds and messages: shows that it works, not how fast it is. */
  quick: boolean;
  /** Whether a case of that name was asked for: a bench may leave out what no such case needs. */
  wants: (caseName: string) => boolean;
  /** Writes a line to stderr. */
  log: (line: string) => void;
}

export interface Bench {
  /** One line: what is measured, against what. */
  summary: string;
  /** Yields each case when it is known. Throws when what was measured did not happen as it should have. */
  run(options: BenchOptions): AsyncIterable<CaseResult>;
}
