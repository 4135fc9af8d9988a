import type { Socket } from 'node:net';
import { PassThrough } from 'node:stream';
import type { Clock } from '../../util/clock';
import type { ExecOptions, ExecSession } from '../engine';
import { FrameReader } from './demultiplex';
import type { DockerApi } from './docker-api';
import type { DockerExec } from './docker-types';

/** A busy engine takes seconds to start a command: until then there is nothing to kill or to resize. */
const startAttempts = 100;
const longestStartWait = 200;

/** Runs a command in a running container. Aborting the signal kills the command. */
export async function execInContainer(
  api: DockerApi,
  clock: Clock,
  id: string,
  options: ExecOptions,
): Promise<ExecSession> {
  const created = await api.json<{ Id: string }>({
    method: 'POST',
    path: `/containers/${id}/exec`,
    body: {
      AttachStdin: options.stdin,
      AttachStdout: true,
      AttachStderr: true,
      Tty: options.tty,
      Cmd: options.command,
      Env: options.env ?? [],
    },
  });
  const { socket, head } = await api.hijack({
    method: 'POST',
    path: `/exec/${created.Id}/start`,
    body: { Detach: false, Tty: options.tty },
  });
  const stdout = new PassThrough();
  const stderr = options.tty ? undefined : new PassThrough();
  const frames = new FrameReader((stream, data) => {
    const target = stream === 2 && stderr ? stderr : stdout;
    if (target.write(data)) return;
    socket.pause();
    target.once('drain', () => socket.resume());
  });
  const receive = (data: Buffer) => {
    if (!options.tty) return frames.push(data);
    if (stdout.write(data)) return;
    socket.pause();
    stdout.once('drain', () => socket.resume());
  };
  if (head.length) receive(head);
  socket.on('data', receive);

  const state = () => api.json<DockerExec>({ path: `/exec/${created.Id}/json` });
  const abort = () => {
    killExec(clock, state)
      // It ended by itself, or the container did.
      .catch(() => {})
      .finally(() => socket.destroy());
  };
  if (options.signal?.aborted) abort();
  options.signal?.addEventListener('abort', abort, { once: true });

  const exit = new Promise<number>((resolve, reject) => {
    const finish = () => {
      options.signal?.removeEventListener('abort', abort);
      stdout.end();
      stderr?.end();
      state().then((exec) => resolve(exec.ExitCode ?? 137), reject);
    };
    socket.once('close', finish);
    socket.once('end', () => socket.end());
    socket.on('error', () => {});
  });
  exit.catch(() => {});
  return {
    stdin: options.stdin ? (options.tty ? terminalInput(socket) : socket) : undefined,
    stdout,
    stderr,
    exit,
    async resize(columns, rows) {
      // The terminal is there a moment after the start was answered: until then the engine calls it stopped.
      await whenStarted(clock, state);
      await api.json({ method: 'POST', path: `/exec/${created.Id}/resize`, query: { h: rows, w: columns } });
    },
  };
}

/**
 * What is typed at a terminal. Its end is not passed on: the Engine closes a terminal's output with its input, and would
 * lose what the command still prints.
 */
function terminalInput(socket: Socket): PassThrough {
  const typed = new PassThrough();
  typed.pipe(socket, { end: false });
  return typed;
}

/** The Engine API has no way to end an exec; its process id is one of this node's. */
async function killExec(clock: Clock, state: () => Promise<DockerExec>): Promise<void> {
  const exec = await whenStarted(clock, state);
  if (exec?.Running) process.kill(exec.Pid, 'SIGKILL');
}

/** The exec once it has a process, which comes a moment after the start; undefined if it has ended or never comes. */
async function whenStarted(clock: Clock, state: () => Promise<DockerExec>): Promise<DockerExec | undefined> {
  for (let attempt = 0; attempt < startAttempts; attempt++) {
    const exec = await state();
    if (exec.Pid > 1) return exec;
    if (exec.ExitCode !== null) return undefined;
    await clock.sleep(Math.min(longestStartWait, 10 * (attempt + 1)));
  }
  return undefined;
}
