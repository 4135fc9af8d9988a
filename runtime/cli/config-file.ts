import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { UsageError } from './command';

/** Reads a JSON configuration file. @throws UsageError naming the file, the field, the value and what is allowed. */
export function readConfigFile<S extends z.ZodType>(path: string, schema: S): z.output<S> {
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`cannot read the configuration file ${path}: ${(error as Error).message}`);
  }
  return checkConfig(path, content, schema);
}

/** @throws UsageError as `readConfigFile` */
export function checkConfig<S extends z.ZodType>(path: string, content: unknown, schema: S): z.output<S> {
  const result = schema.safeParse(content, { reportInput: true });
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => {
    const received = issue.input === undefined ? '' : ` (received ${JSON.stringify(issue.input)})`;
    return `  ${z.core.toDotPath(issue.path) || 'the file'}: ${issue.message}${received}`;
  });
  throw new UsageError(`the configuration file ${path} is not valid:\n${problems.join('\n')}`);
}
