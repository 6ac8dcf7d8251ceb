/** What a case must reach: ours over the baseline at least, or a value at most or at least (in the case's unit). */
export type Bar = { atLeastRatio: number } | { atMost: number } | { atLeast: number };

/** One measured case. */
export interface CaseResult {
  case: string;
  value: number;
  unit: string;
  /** The same unit, measured in the same run; null where there is nothing to compare with. */
  baseline: number | null;
  bar: Bar | null;
}

/** A case as it is printed: one JSON line. */
export interface CaseLine {
  bench: string;
  case: string;
  value: number;
  unit: string;
  baseline: number | null;
  /** `value / baseline`. */
  ratio: number | null;
  /** The required ratio, or the limit of the value. */
  bar: number | null;
  /** Null without a bar. */
  ok: boolean | null;
}

const significant = (number: number) => Number(number.toPrecision(5));

/** Judges a case on what was measured, not on what is printed. Whatever is not a finite number misses its bar. */
export function judge(bench: string, { bar, baseline, value, ...result }: CaseResult): CaseLine {
  const ratio = baseline === null ? null : value / baseline;
  const rounded = {
    value: significant(value),
    baseline: baseline === null ? null : significant(baseline),
    ratio: ratio === null ? null : significant(ratio),
  };
  const line = { bench, case: result.case, value: rounded.value, unit: result.unit };
  return { ...line, baseline: rounded.baseline, ratio: rounded.ratio, ...verdict(bar, value, ratio) };
}

function verdict(bar: Bar | null, value: number, ratio: number | null): Pick<CaseLine, 'bar' | 'ok'> {
  if (bar === null) return { bar: null, ok: null };
  if ('atMost' in bar) return { bar: bar.atMost, ok: Number.isFinite(value) && value <= bar.atMost };
  if ('atLeast' in bar) return { bar: bar.atLeast, ok: Number.isFinite(value) && value >= bar.atLeast };
  return { bar: bar.atLeastRatio, ok: ratio !== null && Number.isFinite(ratio) && ratio >= bar.atLeastRatio };
}

/** The middle of the values, or the mean of the two in the middle; NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  return ((sorted[Math.ceil(middle) - 1] ?? Number.NaN) + (sorted[Math.floor(middle)] ?? Number.NaN)) / 2;
}
