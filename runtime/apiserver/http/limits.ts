/** How much of a server its clients may have at once. */
export interface Limits {
  /** Connections, of all listeners together; one beyond them is closed as it comes. */
  connections: number;
  /** Of these, how many may be of somebody who has not said who he is; for a new one the oldest is closed. */
  unidentified: number;
  /** Of these, how many one user may have. */
  perUser: number;
  /** Log streams and exec sessions, each of which has a connection to an agent; one user may have a quarter of them. */
  sessions: number;
  /** Watches, of which one connection may carry many; one user may have a quarter of them. */
  watches: number;
  /** What waits for one watcher alone, as a table's rows do; bytes of all watchers together. */
  watchBytes: number;
  /** How long a client may take for its TLS handshake. */
  handshakeMs: number;
  /** How long it may take to send the head of a request. */
  headersMs: number;
}

/** The store, the listeners, the log and whatever else is open beside clients' connections. */
const ownFiles = 256;
/** What a connection costs, generously: two sockets' state, TLS buffers, an HTTP/2 session. */
const connectionBytes = 64 * 1024;
/** Beyond this a server with one thread would be busy with handshakes alone. */
const mostConnections = 50_000;

/**
 * What a process may take on without running out of files or memory: connections and sessions together stay under its
 * open files, and connections under an eighth of its memory. Nobody alone can use up a kind.
 */
export function limitsOf({ openFiles, memoryBytes }: { openFiles: number; memoryBytes: number }): Limits {
  const byFiles = ((openFiles - ownFiles) * 4) / 5;
  const byMemory = memoryBytes / 8 / connectionBytes;
  const connections = Math.max(64, Math.floor(Math.min(byFiles, byMemory, mostConnections)));
  const quarter = Math.floor(connections / 4);
  return {
    connections,
    unidentified: quarter,
    perUser: Math.floor(connections / 2),
    sessions: quarter,
    watches: 4 * connections,
    watchBytes: Math.min(memoryBytes / 16, 128 * 1024 * 1024),
    handshakeMs: 10_000,
    headersMs: 20_000,
  };
}
