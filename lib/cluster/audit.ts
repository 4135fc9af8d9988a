import { z } from 'zod';
import { type Policy, PolicySchema } from '../../runtime/config/audit-policy';
import { auditBounds } from '../../runtime/config/config';

export const AuditPropsSchema = z.strictObject({
  enabled: z.boolean().optional(),
  policy: PolicySchema.omit({ apiVersion: true, kind: true, metadata: true }).optional(),
  maxSizeMiB: auditBounds.maxSizeMiB.optional(),
  maxBackups: auditBounds.maxBackups.optional(),
  maxAgeDays: auditBounds.maxAgeDays.optional(),
});

/** Which requests are recorded, and how much of them: a Policy of `audit.k8s.io/v1`. The first rule that matches counts. */
export type AuditPolicy = Omit<Policy, 'apiVersion' | 'kind' | 'metadata'>;

/** The record of who asked the API for what: an `audit.k8s.io/v1` Event in a line of JSON for each request. */
export interface AuditProps {
  /** @default true */
  readonly enabled?: boolean;
  /** @default - metadata of every request but the cluster's own noise */
  readonly policy?: AuditPolicy;
  /** MiB after which a new file is begun. @default 32 */
  readonly maxSizeMiB?: number;
  /** Files that are kept beside the present one. @default 8 */
  readonly maxBackups?: number;
  /** Days for which they are kept. @default 30 */
  readonly maxAgeDays?: number;
}

/** As `orlop_node` takes it. */
export function auditAttribute(props: z.output<typeof AuditPropsSchema>) {
  const { enabled, policy, maxSizeMiB, maxBackups, maxAgeDays } = props;
  return {
    enabled,
    policy: policy && { apiVersion: 'audit.k8s.io/v1', kind: 'Policy', ...policy },
    max_size_mib: maxSizeMiB,
    max_backups: maxBackups,
    max_age_days: maxAgeDays,
  };
}
