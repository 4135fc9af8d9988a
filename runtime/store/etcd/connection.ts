import { Client, type ClientDuplexStream, credentials, Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { decodeMessage, encodeMessage, type Field, type Message, type MessageOf } from '../../util/protobuf';
import { UnavailableError } from '../store';
import { watch } from './messages';
import type { EtcdOptions } from './options';

/** A call of etcd's API: its path and what goes in and out. */
export interface Method<Q extends Record<string, Field>, R extends Record<string, Field>> {
  path: string;
  request: Message<Q>;
  response: Message<R>;
}

export type WatchStream = ClientDuplexStream<MessageOf<typeof watch.request>, MessageOf<typeof watch.response>>;

const channelOptions = {
  // A list may be larger than gRPC's usual 4 MiB.
  'grpc.max_receive_message_length': -1,
  'grpc.max_send_message_length': -1,
  // A member that fell silent is left after 15 s at most. etcd bears a ping every 5 s while a call is open.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  // Another member is asked meanwhile.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
  'grpc.enable_retries': 0,
};

/** What etcd answers before it has given a write to anyone: it may be sent again. */
const untouched = /etcdserver: (no leader|too many requests)|No connection established|ECONNREFUSED/;

/**
 * The members of one etcd, asked one at a time: the one that answered last, else the next. gRPC's own balancer takes
 * several addresses of one name only, and each member's certificate has a name of its own.
 */
export class EtcdConnection {
  private readonly clients: Client[];
  private current = 0;
  private readonly timeoutMs: number;

  constructor(private readonly options: EtcdOptions) {
    this.timeoutMs = options.timeoutMs ?? 5000;
    this.clients = options.endpoints.map((endpoint) => {
      const url = new URL(endpoint);
      return new Client(url.host, credentialsFor(url, options.tls), channelOptions);
    });
  }

  /**
   * Calls a method. What is `safe` to repeat (a read) goes to the next member when one fails; a write only when it is
   * certain that the first one did not begin it.
   * @throws UnavailableError when no member answers in time; ServiceError for what etcd itself refuses
   */
  async call<Q extends Record<string, Field>, R extends Record<string, Field>>(
    method: Method<Q, R>,
    request: MessageOf<Message<Q>>,
    safe: boolean,
  ): Promise<MessageOf<Message<R>>> {
    const deadline = Date.now() + this.timeoutMs;
    let failure: ServiceError | undefined;
    for (let attempt = 0; ; attempt++) {
      const at = this.current;
      try {
        // A read leaves time for the other members; a write that was sent has all the time there is.
        const share = safe && this.clients.length > 1 ? Math.max(500, this.timeoutMs / 3) : this.timeoutMs;
        return await this.once(at, method, request, Math.min(deadline, Date.now() + share));
      } catch (error) {
        if (!passing(error as ServiceError)) throw error;
        // Why there was no connection says more than that time ran out over it.
        if (!failure || (error as ServiceError).code !== status.DEADLINE_EXCEEDED) failure = error as ServiceError;
        this.leave(at);
        if (Date.now() >= deadline || !(safe || untouched.test(failure.details))) break;
      }
      if (attempt >= this.clients.length - 1) await pause(Math.min(50 * attempt + 20, 300), deadline);
    }
    throw new UnavailableError(
      `etcd (${this.options.endpoints.join(', ')}): ${failure.details || failure.message}`,
      false,
    );
  }

  /** Opens a watch stream to the current member. Where that has no leader the stream fails, rather than be silent. */
  watch(): { stream: WatchStream; leave(): void } {
    const at = this.current;
    const metadata = new Metadata();
    metadata.set('hasleader', 'true');
    const stream = (this.clients[at] as Client).makeBidiStreamRequest(
      watch.path,
      (value: MessageOf<typeof watch.request>) => encodeMessage(watch.request, value),
      (bytes) => decodeMessage(watch.response, bytes),
      metadata,
    );
    return { stream, leave: () => this.leave(at) };
  }

  close(): void {
    for (const client of this.clients) client.close();
  }

  private once<Q extends Record<string, Field>, R extends Record<string, Field>>(
    at: number,
    { path, request: requestType, response: responseType }: Method<Q, R>,
    request: MessageOf<Message<Q>>,
    deadline: number,
  ): Promise<MessageOf<Message<R>>> {
    return new Promise((resolve, reject) => {
      (this.clients[at] as Client).makeUnaryRequest(
        path,
        (value: MessageOf<Message<Q>>) => encodeMessage(requestType, value),
        (bytes) => decodeMessage(responseType, bytes),
        request,
        new Metadata(),
        { deadline },
        (error, value) => (error ? reject(error) : resolve(value as MessageOf<Message<R>>)),
      );
    });
  }

  private leave(at: number): void {
    if (this.current === at) this.current = (at + 1) % this.clients.length;
  }
}

function credentialsFor(url: URL, tls: EtcdOptions['tls'] = {}) {
  if (url.protocol !== 'https:') return credentials.createInsecure();
  const pem = (text: string | undefined) => (text === undefined ? null : Buffer.from(text));
  return credentials.createSsl(pem(tls.ca), pem(tls.key), pem(tls.cert));
}

/** Whether another member, or this one later, may answer. */
function passing({ code }: ServiceError): boolean {
  return code === status.UNAVAILABLE || code === status.DEADLINE_EXCEEDED || code === status.CANCELLED;
}

async function pause(ms: number, deadline: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, Math.max(0, Math.min(ms, deadline - Date.now()))));
}
