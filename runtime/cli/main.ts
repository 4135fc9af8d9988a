import { type Command, helpOf, parseOptions, type Streams, UsageError } from './command';

interface Entry {
  name: string;
  summary: string;
  load(): Command;
}

/** Commands load when they are called: what an agent needs not, it does not carry in memory. */
const commands: Entry[] = [
  { name: 'server', summary: 'run the control plane', load: () => require('./commands/server').server },
  { name: 'agent', summary: 'run the node agent', load: () => require('./commands/agent').agent },
  {
    name: 'token create',
    summary: 'make a join token for a node',
    load: () => require('./commands/token-create').tokenCreate,
  },
  {
    name: 'backup',
    summary: 'write the cluster’s objects and CA to a file, while it runs',
    load: () => require('./commands/backup').backup,
  },
  {
    name: 'restore',
    summary: 'make a server’s data of a backup',
    load: () => require('./commands/restore').restore,
  },
  {
    name: 'node-cleanup',
    summary: 'take the pod network off this host',
    load: () => require('./commands/node-cleanup').nodeCleanup,
  },
  { name: 'version', summary: 'print the version', load: () => require('./commands/version').version },
];

const usage = `orlop: containers on a few machines, behind a Kubernetes-compatible API

Usage: orlop COMMAND [OPTIONS]

${commands.map(({ name, summary }) => `  ${name.padEnd(16)}${summary}`).join('\n')}

"orlop COMMAND --help" tells a command's options.
`;

/** Runs the command line; returns the exit code. */
export async function main(argv: string[], streams: Streams): Promise<number> {
  if (argv.length === 0 || argv[0] === '--help' || argv[0] === '-h' || argv[0] === 'help') {
    streams.out(usage);
    return argv.length === 0 ? 2 : 0;
  }
  const entry = commands.find(({ name }) => name.split(' ').every((word, index) => argv[index] === word));
  try {
    if (!entry) throw new UsageError(`orlop: there is no command ${JSON.stringify(argv[0])}\n\n${usage}`);
    const command = entry.load();
    const rest = argv.slice(entry.name.split(' ').length);
    if (rest.includes('--help') || rest.includes('-h')) {
      streams.out(helpOf(command));
      return 0;
    }
    await command.run(parseOptions(command, rest), streams);
    return 0;
  } catch (error) {
    if (error instanceof UsageError) {
      streams.error(`${error.message}\n`);
      return 2;
    }
    streams.error(
      `orlop ${entry?.name ?? ''}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
    );
    return 1;
  }
}

if (require.main === module) {
  void main(process.argv.slice(2), {
    out: (text) => process.stdout.write(text),
    error: (text) => process.stderr.write(text),
  }).then((code) => {
    process.exitCode = code;
  });
}
