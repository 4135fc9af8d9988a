import { Tokenization } from 'cdktf';
import type { IConstruct } from 'constructs';
import { z } from 'zod';

/**
 * Checks a construct's props against their schema.
 * @throws Error naming the construct's path and, for each problem, the prop, the value received and what is allowed.
 */
export function checkProps<S extends z.ZodType>(scope: IConstruct, id: string, schema: S, props: unknown): z.output<S> {
  const result = schema.safeParse(props, { reportInput: true });
  if (result.success) return result.data;
  const path = scope.node.path ? `${scope.node.path}/${id}` : id;
  const problems = result.error.issues.map((issue) => {
    const prop = issue.path.length > 0 ? z.core.toDotPath(issue.path) : 'props';
    const received = issue.code === 'unrecognized_keys' ? '' : ` (received ${show(issue.input)})`;
    return `  ${prop}: ${issue.message}${received}`;
  });
  throw new Error(`${path}: invalid props\n${problems.join('\n')}`);
}

function show(value: unknown): string {
  if (value === undefined) return 'nothing';
  try {
    const text = JSON.stringify(value) ?? String(value);
    return text.length > 120 ? `${text.slice(0, 117)}...` : text;
  } catch {
    return `a ${typeof value}`;
  }
}

/** A value that may be a cdktf token, known only to Terraform: its type is checked, its content cannot be. */
export function tokenOr<S extends z.ZodType>(schema: S) {
  return z.custom<z.output<S>>().superRefine((value, context) => {
    if (Tokenization.isResolvable(value) || isToken(value)) return;
    const result = schema.safeParse(value, { reportInput: true });
    if (!result.success) for (const issue of result.error.issues) context.addIssue({ ...issue } as never);
  });
}

function isToken(value: unknown): boolean {
  if (typeof value === 'string') return Tokenization.reverseString(value).tokens.length > 0;
  if (typeof value === 'number') return Tokenization.isResolvable(Tokenization.reverseNumber(value));
  return false;
}

/** A DNS-1123 label: what names of clusters, nodes and most objects are. */
export const dnsLabel = z
  .string()
  .regex(
    /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/,
    'must be a DNS label: lower-case letters, digits and "-", at most 63, beginning and ending with a letter or digit',
  );

export const port = z.int().min(1).max(65535);
