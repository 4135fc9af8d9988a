/** The value that a share `p` (0..1) of the samples does not exceed: the nearest rank, so always one of them. */
export function percentile(samples: readonly number[], p: number): number {
  if (samples.length === 0) throw new RangeError('no samples');
  const sorted = [...samples].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(p * sorted.length) - 1)] as number;
}

export function median(samples: readonly number[]): number {
  return percentile(samples, 0.5);
}

/** `12.3 (11.0..14.2)`: the median and how far the samples spread. */
export function spread(samples: readonly number[], digits = 1): string {
  const [low, middle, high] = [Math.min(...samples), median(samples), Math.max(...samples)];
  return `${middle.toFixed(digits)} (${low.toFixed(digits)}..${high.toFixed(digits)})`;
}

/** A Markdown table whose columns line up. The first row is the head; all columns but the first are numbers. */
export function table(rows: readonly (readonly (string | number)[])[]): string {
  const text = rows.map((row) => row.map(String));
  const widths = (text[0] ?? []).map((_cell, column) => Math.max(...text.map((row) => row[column]?.length ?? 0), 4));
  const line = (row: readonly string[]) =>
    `| ${widths.map((width, column) => (column === 0 ? (row[column] ?? '').padEnd(width) : (row[column] ?? '').padStart(width))).join(' | ')} |`;
  const rule = `| ${widths.map((width, column) => (column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`)).join(' | ')} |`;
  const [head = [], ...body] = text;
  return [line(head), rule, ...body.map(line)].join('\n');
}
