import { addError, diagnosticMessages, messageFrom, objectFrom, PrivateBytes } from './convert';
import { Diagnostics } from './diagnostics';
import { finished, open, type Request, type Response, type Session } from './service';
import type { ObjectValue } from './value';

/** Data sources, and ephemeral resources: values that no state keeps. */

export async function readDataSource(
  session: Session,
  request: Request<'ReadDataSource'>,
): Promise<Response<'ReadDataSource'>> {
  const source = open(session.provider.dataSources, request.typeName, 'data source');
  const diagnostics = new Diagnostics();
  let state: ObjectValue | null = null;
  try {
    const context = session.context(diagnostics, source.name);
    const config = objectFrom(request.config, source.type);
    const read = await source.logic.read({ ...context, provider: session.configured, config: config as never });
    state = finished(read as ObjectValue, source, diagnostics);
  } catch (error) {
    addError(diagnostics, error, `read ${source.name}`);
  }
  return { state: messageFrom(state, source.type), diagnostics: diagnosticMessages(diagnostics, source.type) };
}

const timestamp = (ms: number | undefined) =>
  ms === undefined ? undefined : { seconds: Math.floor(ms / 1000), nanos: Math.floor(ms % 1000) * 1_000_000 };

export async function openEphemeralResource(
  session: Session,
  request: Request<'OpenEphemeralResource'>,
): Promise<Response<'OpenEphemeralResource'>> {
  const resource = open(session.provider.ephemeral, request.typeName, 'ephemeral resource');
  const diagnostics = new Diagnostics();
  const priv = new PrivateBytes(undefined);
  let result: ObjectValue | null = null;
  let renewAt: number | undefined;
  try {
    const context = session.context(diagnostics, resource.name);
    const config = objectFrom(request.config, resource.type);
    const opened = await resource.logic.open({
      ...context,
      provider: session.configured,
      config: config as never,
      private: priv,
    });
    result = finished(opened.result as ObjectValue, resource, diagnostics);
    renewAt = opened.renewAt;
  } catch (error) {
    addError(diagnostics, error, `open ${resource.name}`);
  }
  return {
    result: messageFrom(result, resource.type),
    renewAt: timestamp(renewAt),
    private: priv.toBytes(),
    diagnostics: diagnosticMessages(diagnostics, resource.type),
  };
}

export async function renewEphemeralResource(
  session: Session,
  request: Request<'RenewEphemeralResource'>,
): Promise<Response<'RenewEphemeralResource'>> {
  const resource = open(session.provider.ephemeral, request.typeName, 'ephemeral resource');
  const diagnostics = new Diagnostics();
  const priv = new PrivateBytes(request.private);
  let renewAt: number | undefined;
  try {
    const context = session.context(diagnostics, resource.name);
    renewAt = (await resource.logic.renew?.({ ...context, private: priv }))?.renewAt;
  } catch (error) {
    addError(diagnostics, error, `renew ${resource.name}`);
  }
  return { renewAt: timestamp(renewAt), private: priv.toBytes(), diagnostics: diagnosticMessages(diagnostics) };
}

export async function closeEphemeralResource(
  session: Session,
  request: Request<'CloseEphemeralResource'>,
): Promise<Response<'CloseEphemeralResource'>> {
  const resource = open(session.provider.ephemeral, request.typeName, 'ephemeral resource');
  const diagnostics = new Diagnostics();
  try {
    const context = session.context(diagnostics, resource.name);
    await resource.logic.close?.({ ...context, private: new PrivateBytes(request.private) });
  } catch (error) {
    addError(diagnostics, error, `close ${resource.name}`);
  }
  return { diagnostics: diagnosticMessages(diagnostics) };
}
