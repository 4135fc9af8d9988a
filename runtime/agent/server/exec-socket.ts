import type { WebSocket } from 'ws';
import { type ContainerEngine, EngineError, type ExecSession } from '../../engine/engine';
import { ended } from '../streams';

/** Channels of the Kubernetes remote command protocol: the first byte of each message. */
const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const;
const maxBuffered = 1 << 20;

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
  // What the client sends before the command runs is kept for it.
  const early: Buffer[] = [];
  let receive = (message: Buffer) => {
    early.push(message);
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
  receive = (message) => handle(session, message);
  for (const message of early.splice(0)) handle(session, message);
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

function handle(session: ExecSession, message: Buffer): void {
  const data = message.subarray(1);
  switch (message[0]) {
    case channels.stdin:
      session.stdin?.write(data);
      return;
    case channels.close:
      if (data[0] === channels.stdin) session.stdin?.end();
      return;
    case channels.resize: {
      const size = parseSize(data.toString('utf8'));
      if (size) session.resize(size.columns, size.rows).catch(() => {});
      return;
    }
  }
}

function parseSize(text: string): { columns: number; rows: number } | undefined {
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
