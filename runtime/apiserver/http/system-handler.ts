import { createHash } from 'node:crypto';
import { StatusError } from '../../kube/status-error';
import type { KeyPair } from '../../pki/pki';
import { type JoinAnswer, type JoinRequest, joinNode } from '../auth/join';
import type { TokenIssuer } from '../auth/tokens/issuer';
import type { Discovery, Typed } from '../discovery/discovery';
import type { OpenApiDocuments } from '../discovery/openapi';
import type { RegistryContext } from '../registry/context';
import { methodNotAllowed } from '../registry/errors';
import { readBody } from './body';
import { decodeBody } from './decode';
import { type Exchange, send, sendJson, sendNotModified } from './exchange';
import { mediaTypes, readAccept } from './negotiate';
import { sendValue } from './represent';
import { unknownPath } from './resource-handler';

interface Parts {
  context: RegistryContext;
  discovery: Discovery;
  openApi: OpenApiDocuments;
  version: unknown;
  ca: KeyPair;
  serverNames: readonly string[];
  /** Of service-account tokens. */
  issuer: TokenIssuer;
  /** Names of checks with what is wrong; undefined for one that passes. */
  health(): Promise<Map<string, string | undefined>>;
}

/** Answers what is no object: discovery, OpenAPI, health, the version, the CA, joining. */
export class SystemHandler {
  constructor(private readonly parts: Parts) {}

  async handle(exchange: Exchange): Promise<void> {
    const { segments, method } = exchange.info;
    const [root, ...rest] = segments;
    if (root === 'join' && rest.length === 0) {
      if (method !== 'POST') throw methodNotAllowed();
      return sendJson(exchange, 200, await this.join(exchange));
    }
    if (method !== 'GET' && method !== 'HEAD') throw methodNotAllowed();
    switch (root) {
      case '.well-known':
      case 'openid':
        return this.openId(exchange);
      case undefined:
        return sendJson(exchange, 200, {
          paths: [
            '/.well-known/openid-configuration',
            '/api',
            '/apis',
            '/healthz',
            '/livez',
            '/openapi/v2',
            '/openapi/v3',
            '/openid/v1/jwks',
            '/readyz',
            '/version',
          ],
        });
      case 'api':
      case 'apis':
        return this.discover(exchange, root, rest);
      case 'openapi':
        return this.describe(exchange, rest);
      case 'version':
        return sendJson(exchange, 200, this.parts.version);
      case 'livez':
      case 'readyz':
      case 'healthz':
        return this.health(exchange, root, rest);
      case 'ca':
        return send(exchange, 200, Buffer.from(this.parts.ca.cert), 'application/x-pem-file');
      default:
        throw unknownPath();
    }
  }

  private async join({ request, user }: Exchange): Promise<JoinAnswer> {
    const { value } = decodeBody(await readBody(request), request.headers['content-type']);
    const join: JoinRequest = {
      body: value,
      user,
      authorization: request.headers.authorization,
      remoteAddress: request.socket.remoteAddress,
    };
    return joinNode(this.parts.context, this.parts.ca, this.parts.serverNames, join);
  }

  /** How others check the tokens of service accounts: OpenID Connect's discovery. */
  private async openId(exchange: Exchange): Promise<void> {
    const { issuer } = this.parts;
    const cached = { 'cache-control': 'public, max-age=3600' };
    switch (exchange.info.segments.join('/')) {
      case '.well-known/openid-configuration': {
        const body = JSON.stringify(issuer.discovery(`${issuer.issuer}/openid/v1/jwks`));
        return send(exchange, 200, Buffer.from(body), 'application/json', cached);
      }
      case 'openid/v1/jwks': {
        const body = JSON.stringify(await issuer.jwks());
        return send(exchange, 200, Buffer.from(body), 'application/jwk-set+json', cached);
      }
      default:
        throw unknownPath();
    }
  }

  private discover(exchange: Exchange, root: 'api' | 'apis', [first, version, ...more]: string[]): Promise<void> {
    const { discovery } = this.parts;
    if (first === undefined) {
      const aggregated = aggregatedVersion(exchange.request.headers.accept);
      if (aggregated) return this.sendAggregated(exchange, root === 'api', aggregated);
      const host = exchange.request.headers.host ?? '';
      return sendValue(exchange, 200, root === 'api' ? discovery.core(host) : discovery.groups());
    }
    let answer: Typed | undefined;
    if (root === 'api') answer = version === undefined ? discovery.resources('', first) : undefined;
    else if (version === undefined) answer = discovery.group(first);
    else if (more.length === 0) answer = discovery.resources(first, version);
    if (!answer) throw unknownPath();
    return sendValue(exchange, 200, answer);
  }

  /** Clients keep the answer and ask whether it is still good. */
  private sendAggregated(exchange: Exchange, core: boolean, version: 'v2' | 'v2beta1'): Promise<void> {
    const body = Buffer.from(`${JSON.stringify(this.parts.discovery.aggregated(core, version))}\n`);
    const etag = `"${createHash('sha256').update(body).digest('hex').toUpperCase()}"`;
    const headers = { vary: 'Accept', etag, 'cache-control': 'public' };
    if (exchange.request.headers['if-none-match'] === etag) return sendNotModified(exchange, headers);
    const type = `application/json;g=apidiscovery.k8s.io;v=${version};as=APIGroupDiscoveryList`;
    return send(exchange, 200, body, type, headers);
  }

  private describe(exchange: Exchange, [version, ...path]: string[]): Promise<void> {
    const { openApi } = this.parts;
    if (version === 'v2' && path.length === 0) {
      const { type, body, etag } = openApi.v2(String(exchange.request.headers.accept ?? ''));
      if (etag && exchange.request.headers['if-none-match']?.replace(/^W\/|"/g, '') === etag) {
        return send(exchange, 304, Buffer.alloc(0), type, { etag: `"${etag}"` });
      }
      return send(exchange, 200, body, type, { vary: 'Accept', ...(etag ? { etag: `"${etag}"` } : {}) });
    }
    if (version !== 'v3') throw unknownPath();
    if (path.length === 0) return sendJson(exchange, 200, openApi.index());
    const text = openApi.document(path.join('/'));
    if (text === undefined) throw unknownPath();
    // A document is asked for by its hash, so what a client has kept stays right.
    const cached = { 'cache-control': 'public, immutable' };
    return send(exchange, 200, Buffer.from(text), 'application/json', exchange.info.query.has('hash') ? cached : {});
  }

  private async health(exchange: Exchange, root: string, [only]: string[]): Promise<void> {
    const checks = await this.parts.health();
    if (only !== undefined && !checks.has(only)) throw new StatusError('NotFound', `there is no check ${only}`);
    const results = [...checks].filter(([name]) => only === undefined || name === only);
    const failed = results.filter(([, problem]) => problem !== undefined);
    const lines = results.map(([name, problem]) => (problem ? `[-]${name} failed: ${problem}` : `[+]${name} ok`));
    const verbose = exchange.info.query.has('verbose') || failed.length > 0;
    const verdict = `${root} check ${failed.length ? 'failed' : 'passed'}`;
    const text = verbose ? `${[...lines, verdict].join('\n')}\n` : 'ok';
    return send(exchange, failed.length ? 500 : 200, Buffer.from(text), 'text/plain; charset=utf-8');
  }
}

/** The version of the aggregated form that a client wants rather than the one without; undefined for the latter. */
function aggregatedVersion(accept: string | undefined): 'v2' | 'v2beta1' | undefined {
  for (const { type, parameters } of readAccept(accept ?? '')) {
    if (type !== mediaTypes.json) continue;
    if (parameters.get('as') === undefined) return undefined;
    const version = parameters.get('v');
    if (parameters.get('as') !== 'APIGroupDiscoveryList' || parameters.get('g') !== 'apidiscovery.k8s.io') continue;
    if (version === 'v2' || version === 'v2beta1') return version;
  }
  return undefined;
}
