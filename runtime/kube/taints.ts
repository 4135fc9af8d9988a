import type { Taint, Toleration } from './generated/types';

export type TaintEffect = 'NoSchedule' | 'PreferNoSchedule' | 'NoExecute';

/** Whether the toleration covers the taint. An empty key with `Exists` covers every taint; an empty effect, every effect. */
export function tolerates(toleration: Toleration, taint: Taint): boolean {
  if (toleration.effect && toleration.effect !== taint.effect) return false;
  if (toleration.key && toleration.key !== taint.key) return false;
  switch (toleration.operator || 'Equal') {
    case 'Exists':
      return true;
    case 'Equal':
      return (toleration.value ?? '') === (taint.value ?? '');
    default:
      return false;
  }
}

/** Whether any toleration covers the taint. */
export function toleratesTaint(tolerations: readonly Toleration[] | undefined, taint: Taint): boolean {
  return (tolerations ?? []).some((toleration) => tolerates(toleration, taint));
}

/** The first taint of one of `effects` that nothing tolerates. */
export function untoleratedTaint(
  taints: readonly Taint[] | undefined,
  tolerations: readonly Toleration[] | undefined,
  effects: readonly TaintEffect[] = ['NoSchedule', 'NoExecute'],
): Taint | undefined {
  return (taints ?? []).find(
    (taint) => effects.includes(taint.effect as TaintEffect) && !toleratesTaint(tolerations, taint),
  );
}

/**
 * How long a pod may stay beside `taint` (NoExecute), in seconds: 0 at once, Infinity for ever.
 * The shortest of the tolerations that cover the taint counts; one without a limit sets none.
 */
export function tolerationSeconds(tolerations: readonly Toleration[] | undefined, taint: Taint): number {
  const covering = (tolerations ?? []).filter((toleration) => tolerates(toleration, taint));
  if (covering.length === 0) return 0;
  const limits = covering.flatMap((t) => (t.tolerationSeconds === undefined ? [] : [Math.max(0, t.tolerationSeconds)]));
  return limits.length ? Math.min(...limits) : Number.POSITIVE_INFINITY;
}
