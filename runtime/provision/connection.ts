import type { Duplex, Readable } from 'node:stream';

/** One SSH connection to a host, shared by every operation on it. The ssh2 implementation and the local fake share a suite. */
export interface Connection {
  /** `SHA256:…` of the host's key, as ssh prints it. */
  readonly hostKey: string;
  /**
   * Runs a program. `argv` reaches it word for word whatever it contains; no command line is built by joining.
   * A non-zero exit is a result, not an error.
   * @throws ConnectionError when the connection breaks; the error of `stdin` when it fails, after the program has ended.
   */
  run(argv: string[], options?: RunOptions): Promise<RunResult>;
  /** Writes a file atomically (temporary name, fsync, rename), with this mode. */
  upload(
    content: Readable | Uint8Array | string,
    path: string,
    options: { mode: number; sizeBytes?: number; onProgress?: (bytes: number) => void },
  ): Promise<void>;
  download(path: string): Promise<Buffer>;
  /** A stream to an address as the host sees it (direct-tcpip), or to a Unix socket of the host (direct-streamlocal). */
  forward(target: { host: string; port: number } | { socketPath: string }): Promise<Duplex>;
  close(): Promise<void>;
}

export interface RunOptions {
  stdin?: Readable | Uint8Array | string;
  /** Milliseconds; the program is ended past it and the result's `timedOut` is set. */
  timeoutMs?: number;
  onStdout?: (chunk: Buffer) => void;
  onStderr?: (chunk: Buffer) => void;
}

export interface RunResult {
  code: number | null;
  signal?: string;
  stdout: string;
  stderr: string;
  timedOut: boolean;
}

export interface HostAddress {
  host: string;
  port: number;
  user: string;
  privateKey: string;
  passphrase?: string;
  /** The key that the host must show; at first contact undefined, and then recorded. */
  expectedHostKey?: string;
}

export type ConnectionErrorCode =
  | 'unreachable'
  | 'auth-failed'
  | 'host-key-mismatch'
  | 'broken'
  | 'timeout'
  | 'disk-full'
  | 'permission-denied';

export class ConnectionError extends Error {
  constructor(
    readonly code: ConnectionErrorCode,
    message: string,
    options?: { cause?: unknown },
  ) {
    super(message, options);
    this.name = 'ConnectionError';
  }
}
