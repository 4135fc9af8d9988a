import type { WebSocket } from 'ws';
import { type ContainerEngine, EngineError, type ExecSession } from '../../engine/engine';
import { ended } from '../streams';

/** Channels of the Kubernetes remote command protocol: the first byte of each message. */
const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;
/** Bytes that may wait on either way. */
const maxBuffered = 1 << 20;
/** What a message takes in memory beside its bytes. */
const messageBytes = 128;

export interface ExecRequest {
  containerId: string;
  command: string[];
  stdin: boolean;
  stdout: boolean;
  stderr: boolean;
  tty: boolean;
}

/** Newest first. With v5 a client can also close its stdin. */
export const execProtocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

/** Joins a WebSocket that speaks v4 or v5 to a command in a container, until either ends. */
export async function serveExec(engine: ContainerEngine, socket: WebSocket, request: ExecRequest): Promise<void> {
  const abort = new AbortController();
  socket.on('close', () => abort.abort());
  socket.on('error', () => abort.abort());
  // Each ping is answered; a client that reads none of the answers would have them pile up here.
  socket.on('ping', () => socket.bufferedAmount > maxBuffered && socket.terminate());
  // What the client sends before the command runs is kept for it.
  const early: Buffer[] = [];
  let earlyBytes = 0;
  let receive = (message: Buffer) => {
    early.push(message);
    earlyBytes += message.length + messageBytes;
    if (earlyBytes > maxBuffered) socket.pause();
  };
  socket.on('message', (data: Buffer) => receive(data));
  let session: ExecSession;
  try {
    const { containerId, command, stdin, tty } = request;
    session = await engine.exec(containerId, { command, stdin, tty, signal: abort.signal });
  } catch (error) {
    const message = error instanceof EngineError ? error.message : 'the command could not be started';
    finish(socket, { status: 'Failure', reason: 'InternalError', message, code: 500 });
    return;
  }
  const input = new Input(socket, session);
  receive = (message) => input.receive(message);
  for (const message of early.splice(0)) input.receive(message);
  input.resume();
  if (request.stdout) forward(socket, session.stdout, channels.stdout);
  else session.stdout.resume();
  if (session.stderr && request.stderr) forward(socket, session.stderr, channels.stderr);
  else session.stderr?.resume();
  try {
    const code = await session.exit;
    await Promise.all([ended(session.stdout), session.stderr && ended(session.stderr)]);
    finish(socket, code === 0 ? { status: 'Success' } : nonZero(code));
  } catch (error) {
    finish(socket, { status: 'Failure', reason: 'InternalError', message: String(error), code: 500 });
  }
}

/** What a client sends to a command: as much at a time as the command takes, and one size of its terminal. */
class Input {
  private size: TerminalSize | undefined;
  private resizing = false;

  constructor(
    private readonly socket: WebSocket,
    private readonly session: ExecSession,
  ) {
    // The command may end, or close its input, whenever it likes.
    session.stdin?.on('error', () => {});
    session.stdin?.on('drain', () => this.resume());
    session.stdin?.on('close', () => this.resume());
  }

  receive(message: Buffer): void {
    const data = message.subarray(1);
    switch (message[0]) {
      case channels.stdin:
        this.write(data);
        return;
      case channels.close:
        if (data[0] === channels.stdin) this.session.stdin?.end();
        return;
      case channels.resize:
        this.size = parseSize(data.toString('utf8')) ?? this.size;
        void this.resize();
    }
  }

  /** Takes from the client what it sends, unless the command has enough to read. */
  resume(): void {
    const { stdin } = this.session;
    if (stdin?.writable && stdin.writableLength > maxBuffered) return;
    this.socket.resume();
  }

  private write(data: Buffer): void {
    const { stdin } = this.session;
    if (!stdin?.writable) return;
    stdin.write(data);
    if (stdin.writableLength > maxBuffered) this.socket.pause();
  }

  /** A size that comes while another is being set takes its turn; of several, the last. */
  private async resize(): Promise<void> {
    if (this.resizing) return;
    this.resizing = true;
    while (this.size) {
      const { columns, rows } = this.size;
      this.size = undefined;
      await this.session.resize(columns, rows).catch(() => {});
    }
    this.resizing = false;
  }
}

interface TerminalSize {
  columns: number;
  rows: number;
}

function parseSize(text: string): TerminalSize | undefined {
  try {
    const { Width, Height } = JSON.parse(text) as { Width?: unknown; Height?: unknown };
    const valid = (value: unknown): value is number =>
      Number.isInteger(value) && Number(value) > 0 && Number(value) < 65_536;
    return valid(Width) && valid(Height) ? { columns: Width, rows: Height } : undefined;
  } catch {
    return undefined;
  }
}

function forward(socket: WebSocket, stream: NodeJS.ReadableStream, channel: number): void {
  stream.on('data', (data: Buffer) => {
    socket.send(Buffer.concat([Buffer.of(channel), data]), () => {
      if (socket.bufferedAmount < maxBuffered) stream.resume();
    });
    if (socket.bufferedAmount >= maxBuffered) stream.pause();
  });
}

function nonZero(code: number): Record<string, unknown> {
  return {
    status: 'Failure',
    reason: 'NonZeroExitCode',
    message: `command terminated with non-zero exit code: exit status ${code}`,
    details: { causes: [{ reason: 'ExitCode', message: String(code) }] },
  };
}

function finish(socket: WebSocket, status: Record<string, unknown>): void {
  const body = Buffer.from(JSON.stringify({ kind: 'Status', apiVersion: 'v1', metadata: {}, ...status }));
  socket.send(Buffer.concat([Buffer.of(channels.error), body]), () => socket.close(1000));
}
