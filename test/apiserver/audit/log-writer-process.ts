import { writeSync } from 'node:fs';
import { DiskLogFolder } from '../../../runtime/apiserver/audit/files';
import { AuditLog } from '../../../runtime/apiserver/audit/log';
import { systemClock } from '../../../runtime/util/clock';
import { silentLogger } from '../../../runtime/util/logger';

// Writes record after record and prints the number of each that is written; ended by the test with SIGKILL.
const folder = new DiskLogFolder(process.argv[2] as string);
const log = new AuditLog({ folder, clock: systemClock, logger: silentLogger });

async function main(): Promise<void> {
  for (let n = 0; ; n++) {
    log.write(`${JSON.stringify({ n })}\n`);
    await log.flushed();
    writeSync(1, `${n}\n`);
  }
}

void main();
