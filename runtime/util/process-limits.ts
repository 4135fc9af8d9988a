import { readFileSync } from 'node:fs';
import { totalmem } from 'node:os';

export interface ProcessLimits {
  /** How many files and sockets the process may have open. */
  openFiles: number;
  /** Of the machine, or of the process's cgroup where that is less. */
  memoryBytes: number;
}

/** What many systems grant when they do not say otherwise. */
const commonOpenFiles = 1024;

/** What the operating system lets this process have. Node.js has raised the soft limit of files to the hard one. */
export function processLimits(): ProcessLimits {
  const memoryBytes = Math.min(totalmem(), process.constrainedMemory?.() || Number.POSITIVE_INFINITY);
  return { openFiles: openFilesOf(ownLimits()), memoryBytes };
}

/** The soft limit of open files in the text of `/proc/<pid>/limits`. */
export function openFilesOf(limits: string): number {
  const soft = /^Max open files\s+(\d+|unlimited)/m.exec(limits)?.[1];
  if (soft === 'unlimited') return Number.POSITIVE_INFINITY;
  return soft === undefined ? commonOpenFiles : Number(soft);
}

function ownLimits(): string {
  try {
    return readFileSync('/proc/self/limits', 'latin1');
  } catch {
    return '';
  }
}
