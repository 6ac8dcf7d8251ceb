import type { Bench } from './bench.ts';
import { type CaseLine, judge } from './result.ts';

export interface Output {
  /** Writes to stdout. */
  print: (text: string) => void;
  /** Writes a line to stderr. */
  log: (line: string) => void;
}

/** Runs one bench; with `only`, the cases whose name contains it. @returns the exit status: 1 when a bar is missed, when nothing was measured, or when it failed. */
export async function runBench(
  name: string,
  bench: Bench,
  { json, quick, only }: { json: boolean; quick: boolean; only?: string | undefined },
  { print, log }: Output,
): Promise<number> {
  const lines: CaseLine[] = [];
  const wants = (caseName: string) => only === undefined || caseName.includes(only);
  try {
    for await (const result of bench.run({ quick, wants, log })) {
      if (!wants(result.case)) continue;
      const line = judge(name, result);
      lines.push(line);
      if (json) print(`${JSON.stringify(line)}\n`);
    }
  } catch (error) {
    log(error instanceof Error ? (error.stack ?? error.message) : String(error));
    return 1;
  }
  if (!json) print(table(lines));
  return lines.length > 0 && lines.every(({ ok }) => ok !== false) ? 0 : 1;
}

const columns: Readonly<Record<string, (line: CaseLine) => string>> = {
  case: (line) => line.case,
  value: ({ value, unit }) => `${value} ${unit}`,
  baseline: ({ baseline, unit }) => (baseline === null ? '' : `${baseline} ${unit}`),
  ratio: ({ ratio }) => (ratio === null ? '' : ratio.toFixed(2)),
  bar: ({ bar }) => (bar === null ? '' : String(bar)),
  '': ({ ok }) => (ok === null ? '' : ok ? 'ok' : 'MISSED'),
};

function table(lines: readonly CaseLine[]): string {
  const rows = [Object.keys(columns), ...lines.map((line) => Object.values(columns).map((show) => show(line)))];
  const widths = Object.keys(columns).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const text = (row: readonly string[]) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ');
  return rows.map((row) => `${text(row).trimEnd()}\n`).join('');
}
