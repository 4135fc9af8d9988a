import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { DeleteOptions, Scale } from '../../kube/generated/types';
import type { Kind } from '../../kube/kind';
import { StatusError } from '../../kube/status-error';
import type { Authorization } from '../auth/authz/authorization';
import { denied } from '../auth/authz/denied';
import type { NodeProxy, Upgrade } from '../proxy/node-proxy';
import { applyScale } from '../registry/apply';
import { getComputed, listComputed } from '../registry/computed';
import type { ComputedResource } from '../registry/computed-resource';
import type { Body, ObjectPath, Post, RegistryContext, Target, WriteRequest } from '../registry/context';
import { createObject } from '../registry/create';
import { deleteObject } from '../registry/delete';
import { deleteCollection } from '../registry/delete-collection';
import { methodNotAllowed, notFound } from '../registry/errors';
import { listObjects } from '../registry/list';
import { applyPatch, patchMediaTypes, patchObject } from '../registry/patch';
import { objectOf, postOf } from '../registry/post';
import { cachedObject } from '../registry/read';
import { finalizeNamespace, scaleOf, writeScale } from '../registry/subresources';
import { updateObject } from '../registry/update';
import { readBody } from './body';
import { decodeBody, mediaType } from './decode';
import type { Exchange } from './exchange';
import type { OpenWatches } from './open-watches';
import { deleteOptions, listOptions, watchOptions, writeRequest } from './options';
import { formOf, sendList, sendObject, sendValue } from './represent';
import type { ResourceInfo } from './request-info';
import { handleWatch } from './watch-handler';

/** Answers the requests for objects and their subresources: one way for all kinds. */
export class ResourceHandler {
  constructor(
    private readonly context: RegistryContext,
    private readonly watches: OpenWatches,
    private readonly proxy: NodeProxy,
    private readonly authorization: Authorization,
  ) {}

  async handle(exchange: Exchange, resource: ResourceInfo): Promise<void> {
    const kind = this.context.catalog.find(resource.group, resource.version, resource.plural);
    if (!kind) throw unknownPath();
    if (resource.namespace !== undefined && !kind.resource.namespaced) throw unknownPath();
    const { verb } = exchange.info;
    if (kind.deprecation) exchange.warnings.push(kind.deprecation);
    // Before anything is written: who cannot be answered changes nothing.
    if (isWrite(verb)) formOf(exchange, kind);
    if (resource.subresource) return this.subresource(exchange, kind, resource);
    if (kind.verbs && !kind.verbs.includes(verb)) throw methodNotAllowed();
    const computed = this.context.computed(kind);
    if (computed) return this.compute(exchange, kind, resource, computed);
    if (['list', 'watch', 'deletecollection'].includes(verb)) return this.collection(exchange, kind, resource);
    if (verb === 'create' && resource.name === undefined) return this.create(exchange, kind, resource);
    const target = targetOf(kind, resource);
    switch (verb) {
      case 'get':
        return this.get(exchange, target);
      case 'update':
        return this.update(exchange, target, undefined);
      case 'patch':
        return this.patch(exchange, target, undefined);
      case 'delete':
        return this.delete(exchange, target);
      default:
        throw methodNotAllowed();
    }
  }

  /** Takes over a connection that asks for an upgrade; only `pods/exec` does. */
  async upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, asked: Upgrade): Promise<void> {
    const { resource } = asked.info;
    const kind = resource && this.context.catalog.find(resource.group, resource.version, resource.plural);
    if (!kind || resource.group !== '' || resource.plural !== 'pods' || resource.subresource !== 'exec') {
      throw unknownPath();
    }
    await this.proxy.exec(request, socket, head, asked, targetOf(kind, resource));
  }

  /** Answers with what is made for the request: there is nothing to write or watch. */
  private async compute(
    exchange: Exchange,
    kind: Kind,
    resource: ResourceInfo,
    source: ComputedResource,
  ): Promise<void> {
    const { verb, query } = exchange.info;
    const now = () => this.context.clock.now();
    if (verb === 'list') {
      const page = await listComputed(source, kind, listOptions(query, resource.namespace));
      return sendList(exchange, kind, page, now());
    }
    const target = targetOf(kind, resource);
    const object = await getComputed(source, target);
    if (!object) throw notFound(kind.resource, target.name);
    return sendObject(exchange, kind, 200, object, now());
  }

  private async collection(exchange: Exchange, kind: Kind, { namespace }: ResourceInfo): Promise<void> {
    const { verb, query } = exchange.info;
    if (verb === 'watch') {
      return handleWatch(exchange, this.context, this.watches, kind, watchOptions(query, namespace));
    }
    const options = listOptions(query, namespace);
    if (verb === 'list') {
      const page = await listObjects(this.context, kind, options);
      return sendList(exchange, kind, page, this.context.clock.now());
    }
    if (kind.resource.namespaced && !namespace) throw withoutNamespace(kind);
    const request = writeRequest(exchange);
    const deleteOptions = await this.deleteOptions(exchange, request);
    const page = await deleteCollection(this.context, kind, options, deleteOptions, request);
    return sendList(exchange, kind, page, this.context.clock.now());
  }

  private async get(exchange: Exchange, target: Target): Promise<void> {
    const { kind, name } = target;
    await this.context.cache.fresh();
    const object = cachedObject(this.context.cache, target);
    if (!object) throw notFound(kind.resource, name);
    return sendObject(exchange, kind, 200, object, this.context.clock.now());
  }

  private async create(exchange: Exchange, kind: Kind, { namespace }: ResourceInfo): Promise<void> {
    if (kind.resource.namespaced && !namespace) throw withoutNamespace(kind);
    const body = await bodyOf(exchange);
    const object = await createObject(this.context, kind, namespace, body, writeRequest(exchange));
    if (exchange.audit.auditId !== undefined) exchange.audit.made(object.object.metadata);
    return sendObject(exchange, kind, 201, object, this.context.clock.now());
  }

  private async update(exchange: Exchange, target: Target, path: ObjectPath): Promise<void> {
    const body = await bodyOf(exchange);
    const request: WriteRequest = { ...writeRequest(exchange), checkCreate: () => this.checkCreate(exchange) };
    const { object, created } = await updateObject(this.context, target, path, body, request);
    return sendObject(exchange, target.kind, created ? 201 : 200, object, this.context.clock.now());
  }

  private async patch(exchange: Exchange, target: Target, path: ObjectPath): Promise<void> {
    const type = patchTypeOf(exchange, target.kind);
    const body = await bodyOf(exchange);
    const request: WriteRequest = { ...writeRequest(exchange), checkCreate: () => this.checkCreate(exchange) };
    const { object, created } = await patchObject(this.context, target, path, type, body, request);
    return sendObject(exchange, target.kind, created ? 201 : 200, object, this.context.clock.now());
  }

  /** Who may change objects may not for that create what is not there. @throws StatusError 403 */
  private async checkCreate({ user, info }: Exchange): Promise<void> {
    const attributes = { ...info, verb: 'create' };
    const { allowed, reason } = await this.authorization.decide(user, attributes);
    if (!allowed) throw denied(user, attributes, reason);
  }

  private async delete(exchange: Exchange, target: Target): Promise<void> {
    const { kind } = target;
    const request = writeRequest(exchange);
    const options = await this.deleteOptions(exchange, request);
    const { object, gone } = await deleteObject(this.context, target, options, request);
    if (!gone || this.context.hooks(kind).returnsDeleted) {
      return sendObject(exchange, kind, 200, object, this.context.clock.now());
    }
    const { group, plural } = kind.resource;
    const details = { name: target.name, ...(group ? { group } : {}), kind: plural, uid: object.object.metadata.uid };
    return sendValue(exchange, 200, { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details });
  }

  /** A DELETE's options stand in its body; where it has none, in the query. */
  private async deleteOptions(exchange: Exchange, request: WriteRequest): Promise<Partial<DeleteOptions>> {
    const { value } = await bodyOf(exchange, {});
    const options = deleteOptions(exchange.info.query, value);
    if (options.dryRun?.includes('All')) request.dryRun = true;
    return options;
  }

  private async subresource(exchange: Exchange, kind: Kind, resource: ResourceInfo): Promise<void> {
    const { verb } = exchange.info;
    const target = targetOf(kind, resource);
    const path = `${resource.group ? `${resource.group}/` : ''}${resource.plural}/${resource.subresource}`;
    const sub = resource.subresource as string;
    if ((sub === 'status' && kind.subresources.status) || Object.hasOwn(kind.writePaths ?? {}, sub)) {
      if (verb === 'get') return this.get(exchange, target);
      if (verb === 'update') return this.update(exchange, target, sub);
      if (verb === 'patch') return this.patch(exchange, target, sub);
      throw methodNotAllowed();
    }
    if (resource.subresource === 'scale' && kind.subresources.scale) return this.scale(exchange, target);
    const post = postOf(this.context, kind, sub);
    if (post) return this.post(exchange, target, post);
    switch (path) {
      case 'namespaces/finalize': {
        if (verb !== 'update') throw methodNotAllowed();
        const body = await bodyOf(exchange);
        const object = await finalizeNamespace(this.context, target, body.value, writeRequest(exchange));
        return sendObject(exchange, kind, 200, object, this.context.clock.now());
      }
      case 'pods/log':
        if (verb !== 'get') throw methodNotAllowed();
        return this.proxy.logs(exchange, target);
      case 'pods/exec':
        return this.proxy.refusePlainExec();
      default:
        throw unknownPath();
    }
  }

  private async post(exchange: Exchange, target: Target, post: Post): Promise<void> {
    if (exchange.info.verb !== 'create') throw methodNotAllowed();
    const body = await bodyOf(exchange);
    return sendValue(exchange, 201, await post(this.context, target, body, writeRequest(exchange)));
  }

  private async scale(exchange: Exchange, target: Target): Promise<void> {
    const { verb } = exchange.info;
    if (verb === 'get') {
      await this.context.cache.fresh();
      const object = cachedObject(this.context.cache, target);
      if (!object) throw notFound(target.kind.resource, target.name);
      return sendValue(exchange, 200, scaleOf(target, object.object));
    }
    if (verb !== 'update' && verb !== 'patch') throw methodNotAllowed();
    const type = verb === 'patch' ? patchTypeOf(exchange, target.kind) : undefined;
    const body = await bodyOf(exchange);
    if (type === 'apply') {
      const scale = objectOf<Scale>(body);
      return sendValue(exchange, 200, await applyScale(this.context, target, scale, writeRequest(exchange)));
    }
    const { value } = body;
    const change = (scale: Scale): unknown => {
      if (type === undefined) return value;
      // A Scale has two fields to write; a strategic merge of it is a merge.
      return applyPatch(target, type === 'json' ? 'json' : 'merge', scale as never, value);
    };
    return sendValue(exchange, 200, await writeScale(this.context, target, change, writeRequest(exchange)));
  }
}

const isWrite = (verb: string) => verb !== 'get' && verb !== 'list' && verb !== 'watch';

/** What cannot be done to all namespaces at once: no method of a built-in kind, no path of a custom one, as in Kubernetes. */
function withoutNamespace({ custom }: Kind): StatusError {
  return custom ? unknownPath() : methodNotAllowed();
}

function targetOf(kind: Kind, { namespace, name }: ResourceInfo): Target {
  if (name === undefined) throw methodNotAllowed();
  if (kind.resource.namespaced && !namespace) throw unknownPath();
  return { kind, namespace, name };
}

async function bodyOf(exchange: Exchange, absent?: unknown): Promise<Body> {
  const bytes = await readBody(exchange.request);
  if (bytes.length === 0 && absent !== undefined) return { value: absent, duplicates: [] };
  const body = decodeBody(bytes, exchange.request.headers['content-type']);
  exchange.audit.requestObject(body.value);
  return body;
}

function patchTypeOf({ request }: Exchange, kind: Kind) {
  const type = mediaType(request.headers['content-type']);
  const known = Object.hasOwn(patchMediaTypes, type) ? patchMediaTypes[type] : undefined;
  // Strategic merge needs patch strategies, which a custom kind's schema cannot say.
  const isServed = (each: string | undefined) => each !== undefined && !(kind.custom && each === 'strategic');
  if (isServed(known)) return known as (typeof patchMediaTypes)[string];
  const types = Object.keys(patchMediaTypes).filter((each) => isServed(patchMediaTypes[each]));
  throw new StatusError(
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${types.join(', ')}`,
  );
}

export function unknownPath(): StatusError {
  // Clients (kubectl debug) look into the details of whatever is not found, so there must be some.
  return new StatusError('NotFound', 'the server could not find the requested resource', {});
}
