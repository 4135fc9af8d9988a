/** A command: data for the help text, and a handler. */
export interface Command {
  /** As typed: `token create`. */
  name: string;
  summary: string;
  options: Record<string, Option>;
  /** The one word that stands without an option's name, and must be there: `orlop backup FILE`. */
  argument?: { name: string; value: string; description: string };
  run(values: Record<string, string>, streams: Streams): Promise<void>;
}

export interface Option {
  /** What stands for the value in the help text. */
  value: string;
  description: string;
  required?: boolean;
  default?: string;
}

/** Where a command writes; handed in, so that tests read it. */
export interface Streams {
  out(text: string): void;
  error(text: string): void;
}

/** A mistake of whoever typed the command: told without a stack trace. */
export class UsageError extends Error {}

/** Reads `--name value` and `--name=value`. @throws UsageError for an unknown, missing or repeated option. */
export function parseOptions(command: Command, args: string[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (let i = 0; i < args.length; i++) {
    const [name, inline] = (args[i] as string).split(/=(.*)/s, 2);
    const option = name?.startsWith('--') ? command.options[name.slice(2)] : undefined;
    if (name && !name.startsWith('-') && command.argument && !(command.argument.name in values)) {
      values[command.argument.name] = args[i] as string;
      continue;
    }
    if (!name || !option) {
      const known = Object.keys(command.options).map((each) => `--${each}`);
      throw new UsageError(
        `orlop ${command.name}: unknown argument ${JSON.stringify(args[i])}; it takes ${known.join(', ') || 'none'}`,
      );
    }
    const value = inline ?? args[++i];
    if (value === undefined)
      throw new UsageError(`orlop ${command.name}: ${name} needs a value: ${name} ${option.value}`);
    if (name.slice(2) in values) throw new UsageError(`orlop ${command.name}: ${name} is given twice`);
    values[name.slice(2)] = value;
  }
  const { argument } = command;
  if (argument && !(argument.name in values)) {
    throw new UsageError(`orlop ${command.name}: ${argument.value} is missing: ${argument.description}`);
  }
  for (const [name, option] of Object.entries(command.options)) {
    if (name in values) continue;
    if (option.default !== undefined) values[name] = option.default;
    else if (option.required)
      throw new UsageError(`orlop ${command.name}: --${name} ${option.value} is missing: ${option.description}`);
  }
  return values;
}

/** The help text of one command. */
export function helpOf(command: Command): string {
  const lines = Object.entries(command.options).map(([name, option]) => {
    const left = `  --${name} ${option.value}`;
    return `${left.padEnd(24)} ${option.description}${option.default ? ` (default: ${option.default})` : ''}`;
  });
  const { argument } = command;
  if (argument) lines.unshift(`  ${argument.value.padEnd(22)} ${argument.description}`);
  return `orlop ${command.name}: ${command.summary}\n${lines.length > 0 ? `\n${lines.join('\n')}\n` : ''}`;
}
