import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selfSignedCertificate } from './certificate';
import { createServer, listen } from './grpc-server';
import { answerLine, type Invitation } from './handshake';
import { HclLogger } from './hclog';
import type { Provider } from './resource';
import { Session } from './service';

/** How often to look whether Terraform still lives, and how long a handler may take to save its work after that. */
const parentPollMs = 500;
const farewellMs = 1_000;

/** Serves until Terraform says to stop or is gone; then the process exits. */
export async function runServer(
  name: string,
  invitation: Invitation,
  load: () => Provider | Promise<Provider>,
): Promise<void> {
  const parent = process.ppid;
  const log = new HclLogger(`provider.${name}`);
  // Ctrl-C reaches the whole process group; Terraform tells us by StopProvider and then waits for our answer.
  process.on('SIGINT', () => {});
  // A dead Terraform reads neither; that must not keep us from leaving in order. One that died before we looked for our
  // parent cannot be told from an init process that is our parent, but it does not take the handshake either.
  process.stdout.on('error', () => void finish());
  process.stderr.on('error', () => {});
  process.on('unhandledRejection', (reason) => log.error({ error: reason }, 'unhandled rejection'));

  let begin: () => void = () => {};
  const session = new Promise<void>((resolve) => {
    begin = resolve;
  }).then(async () => new Session(await load(), log));
  session.catch((error: unknown) => log.error({ error }, 'the provider could not be loaded'));

  const ends = makeAddress(invitation);
  const leave = (code = 0): void => {
    server.forceShutdown();
    ends.remove();
    process.exit(code);
  };
  const finish = async (): Promise<void> => {
    setTimeout(leave, farewellMs).unref();
    await session.then((ready) => ready.provider.close?.()).catch(() => {});
    leave();
  };
  const server = createServer(session, () => void finish());
  process.on('SIGTERM', () => {
    void session.then((ready) => ready.stop());
    void finish();
  });

  const own = invitation.clientCertificate === undefined ? undefined : selfSignedCertificate();
  const tls = own && { ...own, clientPem: invitation.clientCertificate ?? '' };
  const port = await listen(server, ends.bind, tls);
  process.stdout.write(
    answerLine(
      ends.network,
      ends.network === 'unix' ? ends.path : `127.0.0.1:${port}`,
      own?.certificateDer,
      invitation.multiplex,
    ),
  );
  // Terraform needs a moment to connect: the provider is loaded meanwhile.
  setImmediate(begin);

  setInterval(() => {
    if (process.ppid === parent) return;
    log.warn({}, 'Terraform is gone, stopping');
    void session.then((ready) => ready.stop()).catch(() => {});
    setTimeout(() => void finish(), farewellMs);
  }, parentPollMs).unref();
}

type Address =
  | { network: 'unix'; bind: string; path: string; remove(): void }
  | { network: 'tcp'; bind: string; remove(): void };

/** A socket in a directory of our own, or a port of the loopback interface where there are no sockets. */
function makeAddress(invitation: Invitation): Address {
  if (process.platform === 'win32') return { network: 'tcp', bind: '127.0.0.1:0', remove() {} };
  const directory = mkdtempSync(join(invitation.socketDirectory ?? tmpdir(), 'orlop-'));
  const path = join(directory, 'plugin.sock');
  return {
    network: 'unix',
    bind: `unix:${path}`,
    path,
    remove: () => rmSync(directory, { recursive: true, force: true }),
  };
}
