import { type ChildProcess, spawn } from 'node:child_process';
import { type AddressInfo, connect } from 'node:net';
import { Server, utils } from 'ssh2';
import type { HostAddress } from '../../runtime/provision/connection';
import { makeSshKeyPair } from '../../runtime/provision/ssh-key';

export interface TestSshServer {
  address: HostAddress;
  hostKey: string;
  /** Command strings that clients asked to run. */
  commands: string[];
  connections: number;
  /** Breaks every connection, as a lost network does. */
  breakAll(): void;
  close(): Promise<void>;
}

/** A small SSH server in this process: one user, one key, `exec` through `sh -c` as sshd does it, and both forwards. */
export async function startSshServer(options: { port?: number; hostKeyPair?: string } = {}): Promise<TestSshServer> {
  const host = options.hostKeyPair ?? makeSshKeyPair().private;
  const user = makeSshKeyPair();
  const authorized = utils.parseKey(user.public);
  if (authorized instanceof Error) throw authorized;
  const children = new Set<ChildProcess>();
  const sockets = new Set<{ end(): void; destroy?: () => void }>();
  const state = { commands: [] as string[], connections: 0 };

  const server = new Server({ hostKeys: [host] }, (client) => {
    state.connections++;
    sockets.add(client);
    client.on('close', () => sockets.delete(client));
    client.on('error', () => undefined);
    // Missing from @types/ssh2; sshd does the same.
    (client as unknown as { setNoDelay(on: boolean): void }).setNoDelay(true);
    client.on('authentication', (context) => {
      if (context.method !== 'publickey' || context.username !== 'root') return context.reject(['publickey']);
      if (!context.key.data.equals(authorized.getPublicSSH())) return context.reject(['publickey']);
      if (context.signature && !authorized.verify(context.blob as Buffer, context.signature, context.hashAlgo)) {
        return context.reject(['publickey']);
      }
      context.accept();
    });
    client.on('ready', () => {
      client.on('session', (accept) => {
        const session = accept();
        session.on('exec', (acceptExec, _reject, info) => {
          state.commands.push(info.command);
          const channel = acceptExec();
          const child = spawn('sh', ['-c', info.command], { stdio: 'pipe', detached: true });
          children.add(child);
          session.on('signal', (_accept, _refuse, signal) => child.kill(`SIG${signal.name}` as NodeJS.Signals));
          channel.pipe(child.stdin);
          child.stdin.on('error', () => undefined);
          channel.on('error', () => undefined);
          channel.on('close', () => child.stdin.end());
          child.stdout.pipe(channel, { end: false });
          child.stderr.pipe(channel.stderr, { end: false });
          child.on('close', (code, signal) => {
            children.delete(child);
            if (signal) channel.exit(signal.slice(3));
            else channel.exit(code ?? 255);
            channel.end();
            channel.close();
          });
        });
      });
      client.on('tcpip', (accept, refuse, info) => {
        const socket = connect(info.destPort, info.destIP);
        socket.once('error', () => refuse());
        socket.once('connect', () => {
          const channel = accept();
          channel.pipe(socket).pipe(channel);
        });
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const parsedHost = utils.parseKey(host);
  if (parsedHost instanceof Error) throw parsedHost;
  return {
    address: { host: '127.0.0.1', port, user: 'root', privateKey: user.private },
    hostKey: `ssh-ed25519 ${parsedHost.getPublicSSH().toString('base64')}`,
    commands: state.commands,
    get connections() {
      return state.connections;
    },
    breakAll() {
      for (const socket of sockets) socket.end();
    },
    close: async () => {
      for (const child of children) if (child.pid) process.kill(-child.pid, 'SIGKILL');
      for (const socket of sockets) socket.end();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
