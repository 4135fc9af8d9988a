import { addError, diagnosticMessages, messageFrom, objectFrom, PrivateBytes, pathMessage } from './convert';
import type { AttributePath } from './diagnostics';
import { Diagnostics } from './diagnostics';
import { propose, replacingPaths } from './propose';
import type { ResourceLogic } from './resource';
import { emptyObject, finished, type Opened, type Request, type Response, type Session } from './service';
import { parseExactJson, valueFromJson } from './state-json';
import type { ObjectValue } from './value';

/** The requests of a resource's life. Each answers with diagnostics; none throws for what a handler did. */

export async function upgradeResourceState(
  session: Session,
  request: Request<'UpgradeResourceState'>,
): Promise<Response<'UpgradeResourceState'>> {
  const resource = session.resource(request.typeName);
  const diagnostics = new Diagnostics();
  try {
    let state = parseExactJson(Buffer.from(request.rawState?.json ?? 'null').toString('utf8'));
    const version = request.version ?? 0;
    if (version > resource.version) {
      throw new Error(
        `its state was written by a newer provider (schema version ${version}, this one knows up to ${resource.version}): use that provider's version or a later one`,
      );
    }
    if (version < resource.version && resource.logic.upgrade) {
      state = (await resource.logic.upgrade({ version, state: state as ObjectValue, diagnostics })) as ObjectValue;
    }
    return {
      state: messageFrom(valueFromJson(state, resource.type), resource.type),
      diagnostics: diagnosticMessages(diagnostics),
    };
  } catch (error) {
    addError(diagnostics, error, `read the stored state of ${resource.name}`);
    return { diagnostics: diagnosticMessages(diagnostics) };
  }
}

export async function readResource(
  session: Session,
  request: Request<'ReadResource'>,
): Promise<Response<'ReadResource'>> {
  const resource = session.resource(request.typeName);
  const diagnostics = new Diagnostics();
  const state = objectFrom(request.state, resource.type);
  const priv = new PrivateBytes(request.private);
  let result: ObjectValue | null = state;
  if (state && session.configured !== undefined) {
    try {
      const context = session.context(diagnostics, resource.name);
      const read = await resource.logic.read({ ...context, state: state as never, private: priv });
      result = read && finished(read as ObjectValue, resource, diagnostics);
    } catch (error) {
      addError(diagnostics, error, `read ${resource.name}`);
      result = state;
    }
  }
  return {
    state: messageFrom(result, resource.type),
    private: priv.toBytes(),
    diagnostics: diagnosticMessages(diagnostics, resource.type),
  };
}

export async function planResourceChange(
  session: Session,
  request: Request<'PlanResourceChange'>,
): Promise<Response<'PlanResourceChange'>> {
  const resource = session.resource(request.typeName);
  const diagnostics = new Diagnostics();
  const context = session.context(diagnostics, resource.name);
  const priv = new PrivateBytes(request.private);
  const prior = objectFrom(request.prior, resource.type);
  const config = objectFrom(request.config, resource.type);
  const replace: AttributePath[] = [];
  let planned: ObjectValue | null = null;
  try {
    if (objectFrom(request.proposed, resource.type) === null || config === null) {
      await resource.logic.planDestroy?.({ ...context, prior: prior as never, private: priv });
    } else {
      planned = propose(resource.block, config, prior);
      await resource.logic.plan?.({
        ...context,
        config: config as never,
        prior: prior as never,
        planned: planned as never,
        private: priv,
        requireReplace: (path) => replace.push(path),
      });
      if (prior) replace.push(...pathsToReplace(resource, prior, planned, config));
    }
  } catch (error) {
    addError(diagnostics, error, `plan ${resource.name}`);
  }
  return {
    planned: messageFrom(planned, resource.type),
    requiresReplace: prior ? replace.map((path) => pathMessage(path, resource.type)) : [],
    private: priv.toBytes(),
    diagnostics: diagnosticMessages(diagnostics, resource.type),
  };
}

/** Where a change means a new resource: the schema's `forceNew`, or everywhere if there is no `update`. */
function pathsToReplace(
  resource: Opened<ResourceLogic>,
  prior: ObjectValue,
  planned: ObjectValue,
  config: ObjectValue,
): AttributePath[] {
  if (resource.logic.update) return replacingPaths(resource.block, prior, planned, config);
  const { attributes, blocks } = resource.block;
  const all = {
    attributes: attributes.map((each) => ({ ...each, forceNew: true })),
    blocks: blocks.map((each) => ({ ...each, forceNew: true })),
  };
  return replacingPaths(all, prior, planned, config);
}

export async function applyResourceChange(
  session: Session,
  request: Request<'ApplyResourceChange'>,
): Promise<Response<'ApplyResourceChange'>> {
  const resource = session.resource(request.typeName);
  const diagnostics = new Diagnostics();
  const priv = new PrivateBytes(request.private);
  const prior = objectFrom(request.prior, resource.type);
  const planned = objectFrom(request.planned, resource.type);
  const config = objectFrom(request.config, resource.type);
  const verb = planned === null ? 'delete' : prior === null ? 'create' : 'update';
  // After a failure the old state stands, unless the handler saved something nearer to the truth.
  let state: ObjectValue | null = prior;
  try {
    const context = { ...session.context(diagnostics, resource.name), provider: session.configured };
    if (planned === null) {
      await resource.logic.delete({ ...context, prior: prior as never, private: priv });
      if (!diagnostics.hasErrors) state = null;
    } else {
      const shared = {
        ...context,
        planned: planned as never,
        config: config as never,
        private: priv,
        save(saved: unknown) {
          state = saved as ObjectValue;
        },
      };
      const result = (
        prior === null
          ? await resource.logic.create(shared)
          : await resource.logic.update?.({ ...shared, prior: prior as never })
      ) as ObjectValue | undefined;
      // An update that returned but also reported an error may have changed less than it planned to.
      if (result && !(prior !== null && diagnostics.hasErrors)) state = result;
    }
  } catch (error) {
    addError(diagnostics, error, `${verb} ${resource.name}`);
  }
  return {
    state: messageFrom(state && finished(state, resource, diagnostics), resource.type),
    private: priv.toBytes(),
    diagnostics: diagnosticMessages(diagnostics, resource.type),
  };
}

export async function importResourceState(
  session: Session,
  request: Request<'ImportResourceState'>,
): Promise<Response<'ImportResourceState'>> {
  const resource = session.resource(request.typeName);
  const diagnostics = new Diagnostics();
  const id = request.id ?? '';
  try {
    if (!resource.logic.import) {
      throw new Error(`${resource.name} cannot be imported; remove it by hand and let Terraform create it`);
    }
    const imported = (await resource.logic.import(id, session.context(diagnostics, resource.name))) as ObjectValue;
    const state = { ...emptyObject(resource.block), ...imported };
    return {
      imported: diagnostics.hasErrors
        ? []
        : [{ typeName: resource.name, state: messageFrom(state, resource.type), private: Buffer.alloc(0) }],
      diagnostics: diagnosticMessages(diagnostics),
    };
  } catch (error) {
    addError(diagnostics, error, `import ${resource.name} "${id}"`);
    return { diagnostics: diagnosticMessages(diagnostics) };
  }
}
