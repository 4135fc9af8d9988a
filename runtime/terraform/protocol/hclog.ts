type Level = 'trace' | 'debug' | 'info' | 'warn' | 'error';

/**
 * Terraform's log: one JSON line a message on stderr, which Terraform shows at its own TF_LOG level.
 * It has runtime/util's `Logger` shape. Never pass a secret's value.
 */
export class HclLogger {
  constructor(
    private readonly module: string,
    private readonly fields: Record<string, unknown> = {},
    private readonly write: (line: string) => void = (line) => process.stderr.write(line),
    private readonly now: () => Date = () => new Date(),
  ) {}

  trace(fields: Record<string, unknown>, message: string): void {
    this.line('trace', fields, message);
  }

  debug(fields: Record<string, unknown>, message: string): void {
    this.line('debug', fields, message);
  }

  info(fields: Record<string, unknown>, message: string): void {
    this.line('info', fields, message);
  }

  warn(fields: Record<string, unknown>, message: string): void {
    this.line('warn', fields, message);
  }

  error(fields: Record<string, unknown>, message: string): void {
    this.line('error', fields, message);
  }

  child(fields: Record<string, unknown>): HclLogger {
    return new HclLogger(this.module, { ...this.fields, ...fields }, this.write, this.now);
  }

  private line(level: Level, fields: Record<string, unknown>, message: string): void {
    const entry = {
      '@level': level,
      '@message': message,
      '@module': this.module,
      '@timestamp': `${this.now().toISOString().slice(0, 23)}000Z`,
      ...this.fields,
      ...fields,
    };
    this.write(`${JSON.stringify(entry, replaceUnprintable)}\n`);
  }
}

function replaceUnprintable(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Error) return value.message;
  return value;
}
