import { z } from 'zod';

/** A change of the property means a new resource. */
export const fixed = { forceNew: true } as const;
/** Chosen by the Engine unless configured, and fixed from then on. */
export const chosen = { computed: true, forceNew: true } as const;

export const labels = z
  .array(z.strictObject({ label: z.string().min(1), value: z.string() }))
  .optional()
  .meta({ block: 'set', forceNew: true, description: 'Labels, as key and value.' });

export const stringMap = z.record(z.string(), z.string());
export const natural = z.int().min(0);
/** Go's notation of a duration, such as 1m30s. */
export const duration = z
  .string()
  .regex(/^0$|^([\d.]+(ns|us|µs|ms|s|m|h))+$/, 'must be a duration such as "500ms", "30s" or "1m30s"');
