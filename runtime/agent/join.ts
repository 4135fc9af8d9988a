import { request as httpsRequest } from 'node:https';
import { caHash } from '../pki/ca';
import { createKeyAndRequest } from '../pki/request';

/** Everything that a node proves itself with. PEM. */
export interface NodeIdentity {
  ca: string;
  client: { cert: string; key: string };
  serving: { cert: string; key: string };
}

/** A token that names the CA by its hash, so that the server can be trusted before the secret is sent. */
export interface JoinToken {
  caHash: string;
  /** `id.secret`, as the server takes it. */
  bearer: string;
}

interface JoinAnswer {
  ca: string;
  clientCertificate: string;
  servingCertificate: string;
}

const answerLimit = 1 << 20;
const timeoutMilliseconds = 15_000;
const nodesGroup = 'system:nodes';

/** Reads a join token. @throws RangeError without showing the secret */
export function parseJoinToken(text: string): JoinToken {
  const match = /^([0-9a-f]{64})\.([a-z0-9]{6}\.[a-z0-9]{16})$/.exec(text.trim());
  if (!match) throw new RangeError('the join token is not of the form <64 hex digits>.<6 characters>.<16 characters>');
  return { caHash: match[1] as string, bearer: match[2] as string };
}

/**
 * Makes a new node's keys and has the server sign them. The CA is fetched without trust and must have the hash that
 * the token carries; only then is the secret sent.
 * @throws Error when the CA is another, the token is refused, or the server cannot be reached
 */
export async function join(serverUrl: string, nodeName: string, token: JoinToken): Promise<NodeIdentity> {
  const ca = await exchange(new URL('/ca', serverUrl), { rejectUnauthorized: false });
  const hash = caHash(ca);
  if (hash !== token.caHash)
    throw new Error(
      `the server at ${serverUrl} shows a CA with hash ${hash}, the join token names ${token.caHash}: ` +
        'it is not the server that made the token, or its CA was made anew',
    );
  return requestIdentity(serverUrl, nodeName, { ca, headers: { Authorization: `Bearer ${token.bearer}` } });
}

/** New keys and certificates for a node that has some. */
export function renew(serverUrl: string, nodeName: string, identity: NodeIdentity): Promise<NodeIdentity> {
  return requestIdentity(serverUrl, nodeName, { ca: identity.ca, ...identity.client });
}

interface Trust {
  ca?: string;
  cert?: string;
  key?: string;
  rejectUnauthorized?: boolean;
  headers?: Record<string, string>;
}

async function requestIdentity(serverUrl: string, nodeName: string, trust: Trust): Promise<NodeIdentity> {
  const names = { commonName: `system:node:${nodeName}`, organizations: [nodesGroup] };
  const [client, serving] = await Promise.all([
    createKeyAndRequest(names),
    createKeyAndRequest({ ...names, dnsNames: [nodeName] }),
  ]);
  const body = JSON.stringify({ nodeName, clientRequest: client.request, servingRequest: serving.request });
  const answer = JSON.parse(await exchange(new URL('/join', serverUrl), trust, body)) as JoinAnswer;
  return {
    ca: answer.ca,
    client: { cert: answer.clientCertificate, key: client.key },
    serving: { cert: answer.servingCertificate, key: serving.key },
  };
}

function exchange(url: URL, { headers, ...tls }: Trust, body?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const fail = (why: string) => reject(new Error(`${body ? 'POST' : 'GET'} ${url.href}: ${why}`));
    const request = httpsRequest(
      url,
      {
        ...tls,
        agent: false,
        method: body ? 'POST' : 'GET',
        headers: body
          ? { ...headers, 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) }
          : headers,
        signal: AbortSignal.timeout(timeoutMilliseconds),
      },
      (response) => {
        const chunks: Buffer[] = [];
        let size = 0;
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
          size += chunk.length;
          if (size > answerLimit) response.destroy(new Error('the answer is too long'));
        });
        response.on('error', (error) => fail(error.message));
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString('utf8');
          if (response.statusCode === 200 || response.statusCode === 201) resolve(text);
          else fail(`HTTP ${response.statusCode}: ${messageOf(text)}`);
        });
      },
    );
    request.on('error', (error) => fail(error.message));
    request.end(body);
  });
}

function messageOf(text: string): string {
  try {
    return String((JSON.parse(text) as { message?: unknown }).message ?? text);
  } catch {
    return text.slice(0, 500);
  }
}
