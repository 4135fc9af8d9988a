import { z } from 'zod';
import { ServerConfigSchema } from '../../../config/config';
import type { Diagnostics } from '../../protocol/diagnostics';
import type { Plan } from '../../protocol/resource';
import { toJson } from '../object/manifest';
import type { nodeSchema } from '../schema/node';

type Audit = Plan<typeof nodeSchema.attributes>['audit'];

const names = {
  enabled: 'enabled',
  policy: 'policy',
  max_size_mib: 'maxSizeMiB',
  max_backups: 'maxBackups',
  max_age_days: 'maxAgeDays',
} as const;

/** The attribute `audit` as the server's configuration has it; undefined while any of it is unknown. */
export function auditConfigOf(audit: Exclude<Audit, null>): z.input<typeof ServerConfigSchema>['audit'] | undefined {
  const value = toJson(audit) as Record<keyof typeof names, unknown> | undefined;
  if (!value) return undefined;
  const set = Object.entries(names).filter(([attribute]) => value[attribute as keyof typeof names] !== undefined);
  return Object.fromEntries(set.map(([attribute, name]) => [name, value[attribute as keyof typeof names]]));
}

/** Reports what the server would not accept, each at its attribute. */
export function checkAudit(audit: Audit, diagnostics: Diagnostics): void {
  const config = audit === null ? undefined : auditConfigOf(audit);
  if (!config) return;
  const result = ServerConfigSchema.shape.audit.safeParse(config, { reportInput: true });
  if (result.success) return;
  for (const { path, message, input } of result.error.issues) {
    const attribute = Object.entries(names).find(([, name]) => name === path[0])?.[0];
    const received = input === undefined ? '' : ` (received ${JSON.stringify(input)})`;
    diagnostics.error(
      'The audit configuration is not valid',
      `${z.core.toDotPath(path) || 'audit'}: ${message}${received}`,
      attribute ? ['audit', attribute] : ['audit'],
    );
  }
}
