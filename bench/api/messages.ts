import type { KeyPair } from '../../runtime/pki/pki';

/** What a server process is started with, over its IPC channel. */
export type Order =
  | {
      server: 'orlop';
      ca: KeyPair;
      /** Where its store is. */
      directory: string;
      /** Whether scheduler and controllers run in it too, as in a cluster. */
      controllers: boolean;
    }
  | { server: 'bare'; ca: KeyPair; serving: KeyPair };

/** Asked of a running server process: its answer is a `Reading`. */
export interface Question {
  read: 'memory' | 'processor';
}

export interface Reading {
  /** Resident memory in bytes, after a collection of garbage where that was asked for. */
  rss: number;
  /** Processor time that the process has taken so far, in seconds. */
  cpuSeconds: number;
}
