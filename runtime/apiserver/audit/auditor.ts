import { randomUUID } from 'node:crypto';
import type { Policy } from '../../config/audit-policy';
import type { Clock } from '../../util/clock';
import { encodeEvent } from './event';
import { type AuditParts, AuditRecord, type Caller, type RequestAudit, silentRecord } from './record';

/** Where events go, one line each. Never blocks, never throws. */
export interface AuditSink {
  write(line: string): void;
}

export interface AuditorOptions {
  policy: Policy;
  sink: AuditSink;
  clock: Clock;
}

/** Starts the record of each request. */
export class Auditor {
  private readonly parts: AuditParts;

  constructor({ policy, sink, clock }: AuditorOptions) {
    this.parts = { policy, write: (event) => sink.write(encodeEvent(event)), now: () => clock.now() };
  }

  begin(caller: Caller): RequestAudit {
    return new AuditRecord(this.parts, caller, caller.auditId ?? randomUUID());
  }
}

/** Of a server that keeps no audit log. */
export const noAudit: Pick<Auditor, 'begin'> = { begin: () => silentRecord };
