/** What Terraform says to a provider by environment variables, and the one line with which the provider answers. */
export const magicCookie = 'd602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2';

export interface Invitation {
  /** PEM; absent where TLS is switched off (TF_DISABLE_PLUGIN_TLS). */
  clientCertificate?: string;
  /** Where to make the socket. @default - the system's temporary directory */
  socketDirectory?: string;
  multiplex: boolean;
}

/** Reads the environment, or says why this process cannot be a provider. */
export function readInvitation(env: NodeJS.ProcessEnv, name: string): Invitation | { refusal: string } {
  if (env.TF_PLUGIN_MAGIC_COOKIE !== magicCookie) {
    return {
      refusal: `This is the Terraform provider "${name}". Terraform starts it; it is not meant to be run by hand.\nPut it beside a configuration (terraform.d/plugins/…) and run terraform there.\n`,
    };
  }
  const versions = (env.PLUGIN_PROTOCOL_VERSIONS ?? '6').split(',');
  if (!versions.includes('6')) {
    return {
      refusal: `The provider "${name}" speaks plugin protocol 6, but this Terraform offers only ${versions.join(', ')}. Use Terraform 1.1 or later.\n`,
    };
  }
  return {
    clientCertificate: env.PLUGIN_CLIENT_CERT || undefined,
    socketDirectory: env.PLUGIN_UNIX_SOCKET_DIR || undefined,
    multiplex: env.PLUGIN_MULTIPLEX_GRPC === 'true',
  };
}

/** go-plugin's answer: core version, protocol version, network, address, transport, certificate without padding. */
export function answerLine(
  network: 'unix' | 'tcp',
  address: string,
  der: Buffer | undefined,
  multiplex: boolean,
): string {
  const certificate = der?.toString('base64').replace(/=+$/, '') ?? '';
  // We have no multiplexing; it is named only where it was asked for.
  return `1|6|${network}|${address}|grpc|${certificate}${multiplex ? '|false' : ''}\n`;
}
