import { isIP } from 'node:net';
import { checkDns1123Subdomain } from '../../kube/names';
import { isObject } from '../../kube/schema-engine';
import { StatusError } from '../../kube/status-error';
import { annotations } from '../../kube/well-known';
import { issue } from '../../pki/issue';
import type { KeyPair } from '../../pki/pki';
import { ConflictError } from '../../store/store';
import type { RegistryContext } from '../registry/context';
import { findBootstrapToken } from './authn/bootstrap-token';
import { unauthorized } from './authn/unauthorized';
import { nodeNameOf, nodesGroup, nodeUserName, type User } from './user';

/** How long a node's certificates are valid; the agent renews them after two thirds. */
const nodeCertificateSeconds = 30 * 24 * 3600;

export interface JoinRequest {
  body: unknown;
  user: User;
  /** The Authorization header. */
  authorization: string | undefined;
  /** Address that the request came from; the only address the serving certificate may carry. */
  remoteAddress: string | undefined;
}

export interface JoinAnswer {
  ca: string;
  clientCertificate: string;
  servingCertificate: string;
}

interface Grant {
  nodeName: string;
  clientRequest: string;
  servingRequest: string;
}

/**
 * Gives a node its certificates (`POST /join`): a new node for a join token bound to its name, which is then used up;
 * a node that has a certificate for that.
 * @throws StatusError 401, 403 for another node's name, 400
 */
export async function joinNode(
  context: Pick<RegistryContext, 'cache' | 'store' | 'clock'>,
  ca: KeyPair,
  /** Names of the servers themselves, which no node may be called. */
  serverNames: readonly string[],
  request: JoinRequest,
): Promise<JoinAnswer> {
  const node = nodeNameOf(request.user);
  const token = node === undefined ? await findToken(context, request.authorization) : undefined;
  if (node === undefined && !token) throw unauthorized();
  const grant = parseGrant(request.body);
  const allowed = node ?? token?.nodeName;
  if (grant.nodeName !== allowed) {
    throw new StatusError('Forbidden', `this identity may join as node ${JSON.stringify(allowed)} only`);
  }
  // A certificate for a name of the server could pass for the server's own; only its own host may have one, and nobody
  // one for the names by which pods know the API.
  const ownHost = isLoopback(request.remoteAddress) && !/^(kubernetes|localhost)(\.|$)/.test(grant.nodeName);
  if (serverNames.includes(grant.nodeName) && !ownHost) {
    throw new StatusError(
      'Forbidden',
      `${JSON.stringify(grant.nodeName)} is a name of the server: give the node another name`,
    );
  }
  const answer = await issueBoth(ca, grant, request.remoteAddress, context.clock.now());
  // Last, so that a request that could not be granted leaves the token for the next try.
  if (token) await useUp(context, token);
  return answer;
}

function isLoopback(address: string | undefined): boolean {
  return address !== undefined && /^(::ffff:)?127\.|^::1$/.test(address);
}

async function issueBoth(ca: KeyPair, grant: Grant, remoteAddress: string | undefined, now: number) {
  const address = remoteAddress?.replace(/^::ffff:/, '');
  const validSeconds = nodeCertificateSeconds;
  const client = {
    commonName: nodeUserName(grant.nodeName),
    organizations: [nodesGroup],
    usages: ['client' as const],
    validSeconds,
  };
  const serving = {
    commonName: nodeUserName(grant.nodeName),
    organizations: [nodesGroup],
    dnsNames: [grant.nodeName],
    ipAddresses: address && isIP(address) ? [address] : [],
    usages: ['server' as const],
    validSeconds,
  };
  try {
    return {
      ca: ca.cert,
      clientCertificate: await issue(ca, client, grant.clientRequest, now),
      servingCertificate: await issue(ca, serving, grant.servingRequest, now),
    };
  } catch (error) {
    throw new StatusError('BadRequest', `no certificate can be issued: ${(error as Error).message}`);
  }
}

function parseGrant(body: unknown): Grant {
  const { nodeName, clientRequest, servingRequest } = isObject(body) ? body : {};
  if (typeof nodeName !== 'string' || typeof clientRequest !== 'string' || typeof servingRequest !== 'string') {
    throw new StatusError('BadRequest', 'the body must have the strings nodeName, clientRequest and servingRequest');
  }
  const problem = checkDns1123Subdomain(nodeName)[0];
  if (problem) throw new StatusError('BadRequest', `nodeName: Invalid value: ${JSON.stringify(nodeName)}: ${problem}`);
  return { nodeName, clientRequest, servingRequest };
}

interface Token {
  nodeName: string;
  key: string;
  revision: number;
}

/** The token that an Authorization header shows, if it is one that a node may join with. */
async function findToken(
  context: Pick<RegistryContext, 'cache' | 'clock'>,
  authorization: string | undefined,
): Promise<Token | undefined> {
  const shown = /^Bearer (\S+)$/.exec(authorization ?? '')?.[1];
  const found = shown === undefined ? undefined : await findBootstrapToken(context, shown);
  const nodeName = found?.secret.metadata.annotations?.[annotations.nodeName];
  return found && nodeName ? { nodeName, key: found.key, revision: found.revision } : undefined;
}

/** @throws StatusError 401 when somebody else used it in between */
async function useUp({ store }: Pick<RegistryContext, 'store'>, { key, revision }: Token): Promise<void> {
  try {
    await store.delete(key, revision);
  } catch (error) {
    if (error instanceof ConflictError) throw unauthorized();
    throw error;
  }
}
