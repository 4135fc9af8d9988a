import type { ContainerEngine } from '../../engine/engine';
import type { Container, ExecAction, HTTPGetAction, TCPSocketAction } from '../../kube/generated/types';
import type { Clock } from '../../util/clock';
import { execCheck } from './exec-check';
import { type CheckResult, httpCheck, tcpCheck } from './network-check';

/** What a probe or a hook asks. */
export interface Check {
  exec?: ExecAction;
  httpGet?: HTTPGetAction;
  tcpSocket?: TCPSocketAction;
}

export interface CheckTarget {
  container: Container;
  containerId: string;
  podIp: string;
}

/** Carries out one check. Never throws: what goes wrong is a failed check. A seam for tests. */
export type Checker = (check: Check, target: CheckTarget, timeoutMilliseconds: number) => Promise<CheckResult>;

/** Checks from the node: HTTP and TCP by the agent itself, a command through the engine. */
export function nodeChecker(engine: ContainerEngine, clock: Clock): Checker {
  return async (check, { container, containerId, podIp }, timeout) => {
    if (check.exec) return execCheck(engine, clock, containerId, check.exec.command ?? [], timeout);
    if (check.httpGet) return httpCheck(check.httpGet, container, podIp, timeout);
    if (check.tcpSocket) return tcpCheck(check.tcpSocket, container, podIp, timeout);
    return { ok: false, message: 'the probe has no handler that is served (exec, httpGet, tcpSocket)' };
  };
}
