import {
  Server,
  ServerCredentials,
  type ServiceDefinition,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { decodeMessage, encodeMessage, type Field, type Message, message, one } from '../../util/protobuf';
import { handlers } from './handlers';
import type { Session } from './service';
import { Empty, methods } from './wire';

type AnyMessage = Message<Record<string, Field>>;

/** Terraform sends large states and manifests in one message; it limits itself. */
const unlimited = { 'grpc.max_receive_message_length': -1, 'grpc.max_send_message_length': -1 };

export interface Tls {
  keyPem: string;
  certificatePem: string;
  /** The one certificate that a client may present. */
  clientPem: string;
}

/**
 * The gRPC services of a Terraform plugin: the provider itself and what go-plugin expects beside it.
 * `session` is awaited by each request, so the server listens while the provider is still loading.
 */
export function createServer(session: Promise<Session>, onShutdown: () => void): Server {
  const server = new Server(unlimited);
  server.addService(providerDefinition(), providerImplementation(session));
  server.addService(
    {
      Shutdown: unary('/plugin.GRPCController/Shutdown', Empty, Empty),
    },
    {
      Shutdown: (_call: unknown, reply: Reply) => {
        reply(null, {});
        // The reply goes out first; waiting for open streams to end would wait for ever.
        setImmediate(onShutdown);
      },
    },
  );
  const stdio = message({ channel: one(1, 'int'), data: one(2, 'bytes') });
  server.addService(
    { StreamStdio: { ...unary('/plugin.GRPCStdio/StreamStdio', Empty, stdio), responseStream: true } },
    // Held open and silent: our output is for stderr, which Terraform reads by itself.
    { StreamStdio: () => {} },
  );
  server.addService(
    {
      StartStream: {
        ...unary('/plugin.GRPCBroker/StartStream', Empty, Empty),
        requestStream: true,
        responseStream: true,
      },
    },
    { StartStream: () => {} },
  );
  const serving = message({ status: one(1, 'int') });
  server.addService(
    { Check: unary('/grpc.health.v1.Health/Check', message({ service: one(1, 'string') }), serving) },
    { Check: (_call: unknown, reply: Reply) => reply(null, { status: 1 }) },
  );
  return server;
}

/** Binds to `address` (`unix:…` or host:port) and resolves to the port (or a number above 0 for a socket). */
export function listen(server: Server, address: string, tls: Tls | undefined): Promise<number> {
  const credentials = tls
    ? ServerCredentials.createSsl(
        Buffer.from(tls.clientPem),
        [{ private_key: Buffer.from(tls.keyPem), cert_chain: Buffer.from(tls.certificatePem) }],
        true,
      )
    : ServerCredentials.createInsecure();
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, port) => (error ? reject(error) : resolve(port)));
  });
}

type Reply = (error: { code: number; details: string } | null, response?: unknown) => void;

function unary(path: string, request: AnyMessage, response: AnyMessage): ServiceDefinition[string] {
  return {
    path,
    requestStream: false,
    responseStream: false,
    requestSerialize: (value: object) => encodeMessage(request, value),
    requestDeserialize: (bytes: Buffer) => decodeMessage(request, bytes),
    responseSerialize: (value: object) => encodeMessage(response, value),
    responseDeserialize: (bytes: Buffer) => decodeMessage(response, bytes),
  };
}

function providerDefinition(): ServiceDefinition {
  return Object.fromEntries(
    Object.entries(methods).map(([name, { request, response }]) => [
      name,
      unary(`/tfplugin6.Provider/${name}`, request, response),
    ]),
  );
}

function providerImplementation(session: Promise<Session>): UntypedServiceImplementation {
  return Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => [
      name,
      (call: { request: unknown }, reply: Reply) => {
        session
          .then((ready) => (handler as (session: Session, request: unknown) => unknown)(ready, call.request))
          .then(
            (response) => reply(null, response),
            (error: unknown) => {
              // Not a problem of the user's making, so it has no place among diagnostics.
              const details = error instanceof Error ? (error.stack ?? error.message) : String(error);
              reply({ code: status.INTERNAL, details });
            },
          );
      },
    ]),
  );
}
