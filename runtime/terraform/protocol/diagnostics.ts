/** Where in a resource's configuration: attribute names and map keys as strings, list positions as numbers. */
export type AttributePath = readonly (string | number)[];

export interface Diagnostic {
  severity: 'error' | 'warning';
  /** One line, no full stop. */
  summary: string;
  detail?: string;
  attribute?: AttributePath;
}

/**
 * What is wrong, or worth saying, about one request. Problems are collected here, not thrown, so that a
 * user sees all of them at once, each at its place in the source.
 */
export class Diagnostics {
  readonly all: Diagnostic[] = [];

  error(summary: string, detail?: string, attribute?: AttributePath): void {
    this.all.push({ severity: 'error', summary, detail, attribute });
  }

  warning(summary: string, detail?: string, attribute?: AttributePath): void {
    this.all.push({ severity: 'warning', summary, detail, attribute });
  }

  get hasErrors(): boolean {
    return this.all.some((diagnostic) => diagnostic.severity === 'error');
  }
}

/** Throw this where a return is awkward: it becomes one error diagnostic, word for word. */
export class DiagnosticError extends Error {
  constructor(
    readonly summary: string,
    readonly detail?: string,
    readonly attribute?: AttributePath,
  ) {
    super(detail ? `${summary}: ${detail}` : summary);
    this.name = 'DiagnosticError';
  }
}
