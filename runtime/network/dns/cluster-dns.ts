import { randomBytes } from 'node:crypto';
import { createSocket, type Socket as UdpSocket } from 'node:dgram';
import { createServer, type Server, type Socket } from 'node:net';
import type { EndpointSlice, Service } from '../../kube/generated/types';
import type { Clock, Timer } from '../../util/clock';
import type { Logger } from '../../util/logger';
import type { DnsServer } from '../network';
import { type Forwarder, frame } from './forwarder';
import {
  type Answer,
  type DnsRecord,
  MalformedMessage,
  type Query,
  rcodes,
  readQuery,
  types,
  writeAnswer,
  writeError,
} from './message';
import { Zone } from './zone';

/** Bytes of a UDP answer at most: what passes any link unfragmented (the DNS flag day's number). */
const maxUdp = 1232;
const maxTcp = 65_535;
const maxConnections = 500;
const idleMs = 10_000;

export interface ClusterDnsOptions {
  /** As `cluster.local`. */
  domain: string;
  forwarder: Forwarder;
  clock: Clock;
  logger: Logger;
}

/** Cluster DNS of one node over UDP and TCP. Names of the cluster's domain never leave the node. */
export class ClusterDns implements DnsServer {
  private zone: Zone;
  private serial = 1;
  private udp?: UdpSocket;
  private tcp?: Server;
  private readonly connections = new Set<Socket>();

  constructor(private readonly options: ClusterDnsOptions) {
    this.zone = new Zone(options.domain, [], [], this.serial);
  }

  /** Listens on UDP and TCP. @throws Error when the address is not the node's or the port is taken. */
  async listen(address: string, port: number): Promise<void> {
    this.tcp = createServer((socket) => this.serveTcp(socket));
    this.tcp.maxConnections = maxConnections;
    await new Promise<void>((resolve, reject) => {
      this.tcp?.once('error', reject).listen(port, address, resolve);
    });
    this.tcp.on('error', (error) => this.options.logger.error({ error: error.message }, 'cluster DNS over TCP failed'));
    const udp = createSocket({ type: 'udp4', recvBufferSize: 1024 * 1024 });
    this.udp = udp;
    const bound = this.port ?? port;
    await new Promise<void>((resolve, reject) => {
      udp.once('error', reject).bind(bound, address, resolve);
    });
    udp.on('error', (error) => this.options.logger.error({ error: error.message }, 'cluster DNS over UDP failed'));
    udp.on('message', (message, peer) => {
      void this.respond(message, false).then((answer) => {
        if (answer && this.udp === udp) udp.send(answer, peer.port, peer.address, () => {});
      });
    });
  }

  /** The port that is listened on, once it is. */
  get port(): number | undefined {
    const address = this.tcp?.address();
    return typeof address === 'object' ? address?.port : undefined;
  }

  update(services: Service[], slices: EndpointSlice[]): void {
    this.serial++;
    this.zone = new Zone(this.options.domain, services, slices, this.serial);
  }

  async close(): Promise<void> {
    const { udp, tcp } = this;
    this.udp = undefined;
    this.tcp = undefined;
    for (const socket of this.connections) socket.destroy();
    await Promise.all([
      udp && new Promise<void>((resolve) => udp.close(() => resolve())),
      tcp && new Promise<void>((resolve) => tcp.close(() => resolve())),
    ]);
  }

  /** The answer to one message; undefined for what deserves none. */
  async respond(message: Buffer, tcp: boolean): Promise<Buffer | undefined> {
    let query: Query;
    try {
      query = readQuery(message);
    } catch (error) {
      if (!(error instanceof MalformedMessage)) throw error;
      return error.id === undefined ? undefined : writeError(error.id, rcodes.FormErr);
    }
    const limit = tcp ? maxTcp : Math.min(query.udpSize, maxUdp);
    const fail = (rcode: number) => writeAnswer(query, plain(rcode), limit);
    if (query.opcode !== 0) return fail(rcodes.NotImp);
    if (query.question.class !== 1) return fail(rcodes.Refused);

    const answer = this.zone.answer(query.question);
    if (answer && !('forwardTo' in answer)) return writeAnswer(query, answer, limit);
    if (answer) return writeAnswer(query, await this.follow(answer, query), limit);
    const forwarded = await this.options.forwarder.forward(message, tcp);
    if (!forwarded) return fail(rcodes.ServFail);
    if (forwarded.length <= (tcp ? maxTcp : query.udpSize)) return forwarded;
    return truncate(query);
  }

  /** An ExternalName: its CNAME, and the addresses behind it where they can be had. */
  private async follow(
    { forwardTo, records }: { forwardTo: string; records: DnsRecord[] },
    { question }: Query,
  ): Promise<Answer> {
    const found: Answer = { ...plain(rcodes.NoError), authoritative: true, answers: records };
    if (question.type !== types.A || !forwardTo) return found;
    const inside = this.zone.answer({ ...question, name: forwardTo });
    if (inside) return 'forwardTo' in inside ? found : { ...found, answers: [...records, ...inside.answers] };
    const answer = await this.options.forwarder.forward(addressQuery(forwardTo), true);
    return { ...found, answers: [...records, ...(answer ? addressesIn(answer, forwardTo) : [])] };
  }

  private serveTcp(socket: Socket): void {
    this.connections.add(socket);
    let received = Buffer.alloc(0);
    let busy = false;
    let idle: Timer | undefined;
    const wait = () => {
      idle?.cancel();
      idle = this.options.clock.after(idleMs, () => socket.destroy());
    };
    const next = async () => {
      // One query at a time: a client that does not read its answers is not read either.
      while (!busy && received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        busy = true;
        socket.pause();
        const message = received.subarray(2, 2 + received.readUInt16BE(0));
        const answer = await this.respond(message, true);
        received = received.subarray(2 + message.length);
        busy = false;
        if (socket.destroyed) return;
        if (answer) socket.write(frame(answer));
        wait();
      }
      socket.resume();
    };
    wait();
    socket.on('data', (data) => {
      received = Buffer.concat([received, data]);
      void next();
    });
    socket.on('error', () => socket.destroy());
    socket.on('close', () => {
      idle?.cancel();
      this.connections.delete(socket);
    });
  }
}

function plain(rcode: number): Answer {
  return { rcode, authoritative: false, answers: [], authority: [], additional: [] };
}

/** An answer that tells the client to ask again over TCP. */
function truncate(query: Query): Buffer {
  const answer = writeAnswer(query, plain(rcodes.NoError), 512);
  answer.writeUInt16BE(answer.readUInt16BE(2) | 0x0200, 2);
  return answer;
}

function addressQuery(name: string): Buffer {
  const labels = name.split('.').map((label) => Buffer.from(label, 'latin1'));
  return Buffer.concat([
    randomBytes(2),
    Buffer.from([1, 0, 0, 1, 0, 0, 0, 0, 0, 0]),
    ...labels.flatMap((label) => [Buffer.from([Math.min(63, label.length)]), label.subarray(0, 63)]),
    Buffer.from([0, 0, types.A, 0, 1]),
  ]);
}

/** The IPv4 addresses in an answer, whatever names lead to them, as records of `name`. */
function addressesIn(message: Buffer, name: string): DnsRecord[] {
  const records: DnsRecord[] = [];
  const skipName = (start: number) => {
    let at = start;
    while (at < message.length) {
      const length = message[at] ?? 0;
      if (length >= 0xc0) return at + 2;
      if (length === 0) return at + 1;
      at += 1 + length;
    }
    return at;
  };
  if (message.length < 12) return records;
  let at = 12;
  for (let i = 0; i < message.readUInt16BE(4); i++) at = skipName(at) + 4;
  for (let i = 0; i < message.readUInt16BE(6) && records.length < 64; i++) {
    at = skipName(at);
    if (at + 10 > message.length) break;
    const length = message.readUInt16BE(at + 8);
    if (message.readUInt16BE(at) === types.A && length === 4 && at + 14 <= message.length) {
      const address = [...message.subarray(at + 10, at + 14)].join('.');
      records.push({ name, ttl: Math.min(30, message.readUInt32BE(at + 4)), data: { type: types.A, address } });
    }
    at += 10 + length;
  }
  return records;
}
