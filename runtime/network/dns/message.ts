/** DNS messages on the wire (RFC 1035, EDNS0 of RFC 6891): what a server reads and writes. Pure and bounded. */
export const types = { A: 1, NS: 2, CNAME: 5, SOA: 6, PTR: 12, TXT: 16, AAAA: 28, SRV: 33, OPT: 41, ANY: 255 } as const;
export const rcodes = { NoError: 0, FormErr: 1, ServFail: 2, NxDomain: 3, NotImp: 4, Refused: 5 } as const;
const classIn = 1;
const maxName = 255;

export interface Question {
  /** As it was asked, without the last dot; the root is ''. */
  name: string;
  type: number;
  class: number;
}

export interface Query {
  id: number;
  opcode: number;
  recursionDesired: boolean;
  question: Question;
  /** Bytes of UDP that the client takes; 512 without EDNS. */
  udpSize: number;
  edns: boolean;
}

export type RecordData =
  | { type: typeof types.A; address: string }
  | { type: typeof types.CNAME | typeof types.PTR | typeof types.NS; target: string }
  | { type: typeof types.SRV; priority: number; weight: number; port: number; target: string }
  | { type: typeof types.TXT; text: string }
  | { type: typeof types.SOA; primary: string; mailbox: string; serial: number; minimum: number };

export interface DnsRecord {
  name: string;
  ttl: number;
  data: RecordData;
}

export interface Answer {
  rcode: number;
  authoritative: boolean;
  answers: DnsRecord[];
  authority: DnsRecord[];
  additional: DnsRecord[];
}

/** A message that cannot be read. `id` is set where the header could be. */
export class MalformedMessage extends Error {
  constructor(
    message: string,
    readonly id?: number,
  ) {
    super(message);
    this.name = 'MalformedMessage';
  }
}

/** Reads a query. @throws MalformedMessage for anything but one well-formed question. */
export function readQuery(message: Buffer): Query {
  if (message.length < 12) throw new MalformedMessage(`${message.length} bytes are less than a header`);
  const id = message.readUInt16BE(0);
  const flags = message.readUInt16BE(2);
  if (flags & 0x8000) throw new MalformedMessage('an answer, not a query');
  if (message.readUInt16BE(4) !== 1) throw new MalformedMessage('not exactly one question', id);
  let { name, end } = readName(message, 12, id);
  if (end + 4 > message.length) throw new MalformedMessage('the question is cut off', id);
  const question = { name, type: message.readUInt16BE(end), class: message.readUInt16BE(end + 2) };
  end += 4;

  let udpSize = 512;
  let edns = false;
  const records = message.readUInt16BE(6) + message.readUInt16BE(8) + message.readUInt16BE(10);
  for (let i = 0; i < records && i < 16; i++) {
    const owner = readName(message, end, id);
    if (owner.end + 10 > message.length) throw new MalformedMessage('a record is cut off', id);
    const length = message.readUInt16BE(owner.end + 8);
    if (message.readUInt16BE(owner.end) === types.OPT) {
      edns = true;
      udpSize = Math.max(512, message.readUInt16BE(owner.end + 2));
    }
    end = owner.end + 10 + length;
    if (end > message.length) throw new MalformedMessage('a record is cut off', id);
  }
  return { id, opcode: (flags >> 11) & 15, recursionDesired: (flags & 0x0100) !== 0, question, udpSize, edns };
}

function readName(message: Buffer, start: number, id: number): { name: string; end: number } {
  const labels: string[] = [];
  let at = start;
  for (;;) {
    const length = message[at];
    if (length === undefined) throw new MalformedMessage('a name is cut off', id);
    if (length === 0) return { name: labels.join('.'), end: at + 1 };
    // Pointers have nothing to point at in a query.
    if (length > 63) throw new MalformedMessage('a compressed or overlong label in a query', id);
    if (at + 1 + length > message.length) throw new MalformedMessage('a name is cut off', id);
    labels.push(escapeLabel(message.subarray(at + 1, at + 1 + length)));
    at += 1 + length;
    if (at - start > maxName) throw new MalformedMessage('a name of more than 255 bytes', id);
  }
}

/** Bytes that would be taken for something else in the text form are written as `\ddd`. */
function escapeLabel(label: Buffer): string {
  let text = '';
  for (const byte of label) {
    const plain = byte > 0x20 && byte < 0x7f && byte !== 0x2e && byte !== 0x5c;
    text += plain ? String.fromCharCode(byte) : `\\${String(byte).padStart(3, '0')}`;
  }
  return text;
}

/**
 * Writes the answer to a query in at most `limit` bytes. What does not fit is left out: answers and authority with the
 * truncation bit set, so that the client asks again over TCP; additional records silently.
 */
export function writeAnswer(query: Query, answer: Answer, limit: number): Buffer {
  const writer = new Writer(limit - (query.edns ? 11 : 0));
  writer.uint16(query.id);
  writer.uint16(0);
  for (let i = 0; i < 4; i++) writer.uint16(0);
  writer.name(query.question.name);
  writer.uint16(query.question.type);
  writer.uint16(query.question.class);
  writer.set(4, 1);

  let truncated = false;
  for (const [section, records] of [answer.answers, answer.authority, answer.additional].entries()) {
    let count = 0;
    for (const record of truncated ? [] : records) {
      if (!writer.attempt(() => writeRecord(writer, record))) {
        truncated ||= section < 2;
        break;
      }
      count++;
    }
    writer.set(6 + 2 * section, count);
  }
  if (query.edns) {
    writer.limit += 11;
    writer.uint8(0);
    writer.uint16(types.OPT);
    writer.uint16(1232);
    writer.uint16(0);
    writer.uint16(0);
    writer.uint16(0);
    writer.set(10, writer.get(10) + 1);
  }
  const flags =
    0x8000 |
    (query.opcode << 11) |
    (answer.authoritative ? 0x0400 : 0) |
    (truncated ? 0x0200 : 0) |
    (query.recursionDesired ? 0x0100 : 0) |
    0x0080 |
    answer.rcode;
  writer.set(2, flags);
  return writer.bytes();
}

/** The answer to a message whose question could not be read. */
export function writeError(id: number, rcode: number): Buffer {
  const message = Buffer.alloc(12);
  message.writeUInt16BE(id, 0);
  message.writeUInt16BE(0x8080 | rcode, 2);
  return message;
}

function writeRecord(writer: Writer, { name, ttl, data }: DnsRecord): void {
  writer.name(name);
  writer.uint16(data.type);
  writer.uint16(classIn);
  writer.uint32(ttl);
  const lengthAt = writer.length;
  writer.uint16(0);
  switch (data.type) {
    case types.A:
      for (const octet of data.address.split('.')) writer.uint8(Number(octet));
      break;
    case types.CNAME:
    case types.PTR:
    case types.NS:
      writer.name(data.target);
      break;
    case types.SRV:
      writer.uint16(data.priority);
      writer.uint16(data.weight);
      writer.uint16(data.port);
      // RFC 2782: the target of a SRV record is not compressed.
      writer.name(data.target, false);
      break;
    case types.TXT:
      writer.uint8(Math.min(255, Buffer.byteLength(data.text)));
      writer.raw(Buffer.from(data.text).subarray(0, 255));
      break;
    case types.SOA:
      writer.name(data.primary);
      writer.name(data.mailbox);
      for (const value of [data.serial, 7200, 1800, 86_400, data.minimum]) writer.uint32(value);
      break;
  }
  writer.set(lengthAt, writer.length - lengthAt - 2);
}

class DoesNotFit extends Error {}

class Writer {
  private buffer = Buffer.alloc(512);
  private readonly offsets = new Map<string, number>();
  length = 0;

  constructor(public limit: number) {}

  /** Runs `write`; when it runs over the limit, everything is as before. */
  attempt(write: () => void): boolean {
    const before = this.length;
    try {
      write();
      return true;
    } catch (error) {
      if (!(error instanceof DoesNotFit)) throw error;
      this.length = before;
      for (const [suffix, offset] of this.offsets) if (offset >= before) this.offsets.delete(suffix);
      return false;
    }
  }

  uint8(value: number): void {
    this.grow(1);
    this.buffer.writeUInt8(value, this.length - 1);
  }

  uint16(value: number): void {
    this.grow(2);
    this.buffer.writeUInt16BE(value, this.length - 2);
  }

  uint32(value: number): void {
    this.grow(4);
    this.buffer.writeUInt32BE(value >>> 0, this.length - 4);
  }

  raw(bytes: Buffer): void {
    this.grow(bytes.length);
    bytes.copy(this.buffer, this.length - bytes.length);
  }

  name(name: string, compress = true): void {
    let labels = name === '' ? [] : name.split('.');
    while (labels.length > 0) {
      // Compared as they stand: a suffix in another case is written out, which keeps the asked name's case.
      const suffix = labels.join('.');
      const known = compress ? this.offsets.get(suffix) : undefined;
      if (known !== undefined) {
        this.uint16(0xc000 | known);
        return;
      }
      if (this.length < 0x3fff) this.offsets.set(suffix, this.length);
      const bytes = unescapeLabel(labels[0] as string);
      this.uint8(Math.min(63, bytes.length));
      this.raw(bytes.subarray(0, 63));
      labels = labels.slice(1);
    }
    this.uint8(0);
  }

  set(at: number, value: number): void {
    this.buffer.writeUInt16BE(value, at);
  }

  get(at: number): number {
    return this.buffer.readUInt16BE(at);
  }

  bytes(): Buffer {
    return this.buffer.subarray(0, this.length);
  }

  private grow(bytes: number): void {
    if (this.length + bytes > this.limit) throw new DoesNotFit();
    if (this.length + bytes > this.buffer.length) {
      const larger = Buffer.alloc(Math.min(65_535, this.buffer.length * 4));
      this.buffer.copy(larger);
      this.buffer = larger;
    }
    this.length += bytes;
  }
}

function unescapeLabel(label: string): Buffer {
  if (!label.includes('\\')) return Buffer.from(label, 'latin1');
  return Buffer.from(
    label.replace(/\\(\d{3})/g, (_, code: string) => String.fromCharCode(Number(code))),
    'latin1',
  );
}
