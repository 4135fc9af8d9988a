import type { LifecycleHandler } from '../../kube/generated/types';
import type { CheckTarget } from '../probes/checker';
import type { CheckResult } from '../probes/network-check';
import type { PodContext } from './pod-context';

/** Runs a postStart or preStop hook to its end, at most `timeoutMilliseconds`. */
export async function runHook(
  context: Pick<PodContext, 'check' | 'clock'>,
  hook: LifecycleHandler,
  target: CheckTarget,
  timeoutMilliseconds: number,
): Promise<CheckResult> {
  if (hook.sleep) {
    await context.clock.sleep(Math.min(hook.sleep.seconds * 1000, timeoutMilliseconds));
    return { ok: true, message: '' };
  }
  return context.check(hook, target, timeoutMilliseconds);
}
