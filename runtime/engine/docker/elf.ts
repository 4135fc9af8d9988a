/**
 * A minimal ELF executable: one read-only, executable segment that holds code and data, no sections, no libraries.
 * What the sandbox image needs, and nothing more.
 */
export type Machine = 'amd64' | 'arm64';

const machineNumbers: Record<Machine, number> = { amd64: 62, arm64: 183 };
const loadAddress = 0x400000n;
const headerSize = 64;
const programHeaderSize = 56;
/** Offset of the first instruction in the file; code may use addresses relative to itself only. */
export const codeOffset = headerSize + 2 * programHeaderSize;

/** Packs position-independent `code` (which starts at its entry point) into a static executable. */
export function elfExecutable(machine: Machine, code: Buffer): Buffer {
  const file = Buffer.alloc(codeOffset + code.length);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]); // magic, 64 bits, little endian, version
  file.writeUInt16LE(2, 16); // ET_EXEC
  file.writeUInt16LE(machineNumbers[machine], 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(loadAddress + BigInt(codeOffset), 24); // entry
  file.writeBigUInt64LE(BigInt(headerSize), 32); // program headers follow the header
  file.writeUInt16LE(headerSize, 52);
  file.writeUInt16LE(programHeaderSize, 54);
  file.writeUInt16LE(2, 56);

  const load = headerSize;
  file.writeUInt32LE(1, load); // PT_LOAD
  file.writeUInt32LE(5, load + 4); // read, execute
  file.writeBigUInt64LE(loadAddress, load + 16);
  file.writeBigUInt64LE(loadAddress, load + 24);
  file.writeBigUInt64LE(BigInt(file.length), load + 32);
  file.writeBigUInt64LE(BigInt(file.length), load + 40);
  file.writeBigUInt64LE(0x10000n, load + 48); // 64 KiB: the largest page size of arm64

  const stack = headerSize + programHeaderSize;
  file.writeUInt32LE(0x6474e551, stack); // PT_GNU_STACK
  file.writeUInt32LE(6, stack + 4); // read, write: the stack is not executable

  file.set(code, codeOffset);
  return file;
}

/** Bytes under construction, with labels that are filled in once everything has its place. */
export class CodeBuffer {
  private readonly bytes: number[] = [];
  private readonly labels = new Map<string, number>();
  private readonly fixups: Array<{ at: number; label: string; patch: (at: number, target: number) => number }> = [];

  emit(...bytes: number[]): this {
    this.bytes.push(...bytes);
    return this;
  }

  /** Appends a 32-bit little-endian word. */
  word(value: number): this {
    return this.emit(value & 0xff, (value >>> 8) & 0xff, (value >>> 16) & 0xff, (value >>> 24) & 0xff);
  }

  label(name: string): this {
    this.labels.set(name, this.bytes.length);
    return this;
  }

  align(size: number): this {
    while (this.bytes.length % size) this.emit(0);
    return this;
  }

  /** Appends a word that `patch(position of the word, position of the label)` computes at the end. */
  wordFor(label: string, patch: (at: number, target: number) => number): this {
    this.fixups.push({ at: this.bytes.length, label, patch });
    return this.word(0);
  }

  finish(): Buffer {
    const code = Buffer.from(this.bytes);
    for (const { at, label, patch } of this.fixups) {
      const target = this.labels.get(label);
      if (target === undefined) throw new Error(`label ${label} is used but not placed`);
      code.writeInt32LE(patch(at, target) | 0, at);
    }
    return code;
  }
}
