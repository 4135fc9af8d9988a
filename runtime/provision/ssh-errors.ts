import { ConnectionError, type HostAddress } from './connection';

/** `user@host:port`, as messages name a host. */
export function targetOf(address: Pick<HostAddress, 'host' | 'port' | 'user'>): string {
  const host = address.host.includes(':') ? `[${address.host}]` : address.host;
  return `${address.user}@${host}:${address.port}`;
}

/** What failed while connecting, as ssh2 or the socket told it, in our words with the likely fix. */
export function connectError(address: HostAddress, error: unknown): ConnectionError {
  if (error instanceof ConnectionError) return error;
  const { level, code, message } = (error ?? {}) as { level?: string; code?: string; message?: string };
  const attempted = `SSH connection to ${targetOf(address)} failed`;
  const cause = { cause: error };
  if (level === 'client-authentication') {
    return new ConnectionError(
      'auth-failed',
      `${attempted}: the host refused the key for user "${address.user}". ` +
        `Check that its public key stands in ~${address.user}/.ssh/authorized_keys on the host and that the user name is right.`,
      cause,
    );
  }
  if (level === 'client-timeout') {
    return new ConnectionError(
      'timeout',
      `${attempted}: no SSH answer within the connect timeout. Check that an SSH server listens on port ${address.port} ` +
        'and that no firewall drops the packets.',
      cause,
    );
  }
  switch (code) {
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new ConnectionError(
        'unreachable',
        `${attempted}: the name "${address.host}" has no address. Check its spelling and DNS.`,
        cause,
      );
    case 'ECONNREFUSED':
      return new ConnectionError(
        'unreachable',
        `${attempted}: nothing listens on port ${address.port} (connection refused). Check that the host is up, ` +
          'that its SSH server runs, and the port.',
        cause,
      );
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
    case 'ETIMEDOUT':
      return new ConnectionError(
        'unreachable',
        `${attempted}: no route to the host or no answer (${code}). Check the address, the network and firewalls.`,
        cause,
      );
  }
  if (/no matching/i.test(message ?? '')) {
    return new ConnectionError(
      'unreachable',
      `${attempted}: the host offers none of the algorithms we accept (${message}); those with CBC or SHA-1 are refused. ` +
        'Use OpenSSH 7.4 or later on the host.',
      cause,
    );
  }
  return new ConnectionError(
    'unreachable',
    `${attempted}: the connection ended before SSH was up (${message ?? String(error)}). ` +
      'Check that the port belongs to an SSH server and that the host has finished starting.',
    cause,
  );
}
