import { types } from '../../runtime/network/dns/message';

/** A DNS message, read by code that shares nothing with the server's. */
export interface ReadMessage {
  id: number;
  rcode: number;
  truncated: boolean;
  authoritative: boolean;
  recursionAvailable: boolean;
  question?: { name: string; type: number };
  /** `name type data`, as dig prints them. */
  answers: string[];
  authority: string[];
  additional: string[];
  /** UDP size of the OPT record. */
  edns?: number;
}

export interface Asked {
  type?: keyof typeof types;
  id?: number;
  edns?: number;
  class?: number;
  opcode?: number;
}

export function queryFor(
  name: string,
  { type = 'A', id = 4711, edns, class: cls = 1, opcode = 0 }: Asked = {},
): Buffer {
  const bytes: number[] = [id >> 8, id & 255, 1 | (opcode << 3), 0, 0, 1, 0, 0, 0, 0, 0, edns === undefined ? 0 : 1];
  for (const label of name.split('.').filter(Boolean)) bytes.push(label.length, ...Buffer.from(label));
  bytes.push(0, 0, types[type], 0, cls);
  if (edns !== undefined) bytes.push(0, 0, 41, edns >> 8, edns & 255, 0, 0, 0, 0, 0, 0);
  return Buffer.from(bytes);
}

export function readMessage(message: Buffer): ReadMessage {
  const flags = message.readUInt16BE(2);
  const counts = [4, 6, 8, 10].map((at) => message.readUInt16BE(at)) as [number, number, number, number];
  let at = 12;
  const name = (): string => {
    const labels: string[] = [];
    let position = at;
    let after = -1;
    for (let jumps = 0; jumps < 20; ) {
      const length = message.readUInt8(position);
      if (length >= 0xc0) {
        if (after < 0) after = position + 2;
        const target = message.readUInt16BE(position) & 0x3fff;
        if (target >= position) throw new Error('a pointer that does not point back');
        position = target;
        jumps++;
      } else {
        position += 1 + length;
        if (length === 0) break;
        labels.push(message.toString('latin1', position - length, position));
      }
    }
    at = after < 0 ? position : after;
    return labels.join('.');
  };
  const uint16 = () => {
    at += 2;
    return message.readUInt16BE(at - 2);
  };
  const read: ReadMessage = {
    id: message.readUInt16BE(0),
    rcode: flags & 15,
    truncated: (flags & 0x0200) !== 0,
    authoritative: (flags & 0x0400) !== 0,
    recursionAvailable: (flags & 0x0080) !== 0,
    answers: [],
    authority: [],
    additional: [],
  };
  if (counts[0] === 1) {
    read.question = { name: name(), type: uint16() };
    at += 2;
  }
  for (const [index, section] of [read.answers, read.authority, read.additional].entries()) {
    for (let i = 0; i < (counts[index + 1] ?? 0); i++) {
      const owner = name();
      const type = uint16();
      const cls = uint16();
      at += 4;
      const end = uint16() + at;
      if (type === types.OPT) read.edns = cls;
      else section.push(`${owner} ${dataText(type)}`);
      if (at > end) throw new Error('a record that is longer than it says');
      at = end;
    }
  }
  if (at !== message.length) throw new Error(`${message.length - at} bytes after the last record`);
  return read;

  function dataText(type: number): string {
    switch (type) {
      case types.A:
        return `A ${[...message.subarray(at, at + 4)].join('.')}`;
      case types.CNAME:
        return `CNAME ${name()}`;
      case types.PTR:
        return `PTR ${name()}`;
      case types.NS:
        return `NS ${name()}`;
      case types.SRV:
        return `SRV ${uint16()} ${uint16()} ${uint16()} ${name()}`;
      case types.TXT:
        return `TXT ${message.toString('latin1', at + 1, at + 1 + message.readUInt8(at))}`;
      case types.SOA:
        return `SOA ${name()} ${name()}`;
      default:
        return `type ${type}`;
    }
  }
}
