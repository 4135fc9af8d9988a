import { z } from 'zod';

/** How much of a request is written down; each level includes those before it. */
export const levels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const;
export type Level = (typeof levels)[number];

/** When in a request's life an event is written. ResponseStarted is of long-running requests only. */
export const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const;
export type Stage = (typeof stages)[number];

const strings = z.array(z.string()).nullish();
const omitStages = z.array(z.enum(stages)).nullish();

const groupResources = z
  .strictObject({
    /** The empty string is the core group. */
    group: z
      .string()
      .regex(/^[^/]*$/, 'must be a group without a version')
      .default(''),
    /** `pods`, `pods/log`, `pods/*` (its subresources), `*`, `scale` of anything as `*` + `/scale`. @default - all resources and subresources of the group */
    resources: strings,
    resourceNames: strings,
  })
  .refine(({ resources, resourceNames }) => !resourceNames?.length || resources?.length, {
    path: ['resourceNames'],
    message: 'using resourceNames requires at least one resource',
  });

const nonResourceUrl = z
  .string()
  .regex(/^(\*|\/.*)$/, 'non-resource URL rules must begin with a "/" character')
  .regex(/^[^*]*\*?$/, 'non-resource URL wildcards "*" must be the final character of the rule');

const rule = z
  .strictObject({
    level: z.enum(levels),
    users: strings,
    userGroups: strings,
    verbs: strings,
    resources: z.array(groupResources).nullish(),
    /** The empty string is what has no namespace. */
    namespaces: strings,
    nonResourceURLs: z.array(nonResourceUrl).nullish(),
    omitStages,
    omitManagedFields: z.boolean().nullish(),
  })
  .refine((each) => !each.nonResourceURLs?.length || !(each.resources?.length || each.namespaces?.length), {
    path: ['nonResourceURLs'],
    message: 'rules cannot apply to both regular resources and non-resource URLs',
  });

/** An audit.k8s.io/v1 Policy: the first rule that matches a request says how it is recorded; without one it is not. */
export const PolicySchema = z.strictObject({
  apiVersion: z.literal('audit.k8s.io/v1'),
  kind: z.literal('Policy'),
  metadata: z.record(z.string(), z.unknown()).optional(),
  rules: z.array(rule).min(1, 'must have at least one rule'),
  omitStages,
  omitManagedFields: z.boolean().nullish(),
});
export type Policy = z.output<typeof PolicySchema>;
