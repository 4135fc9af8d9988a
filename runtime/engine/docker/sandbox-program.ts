import { CodeBuffer, elfExecutable, type Machine } from './elf';

/*
 * The program that a pod's sandbox runs. The same on both machines:
 *
 *   block SIGTERM, SIGINT, SIGCHLD       (so that they wait for us; PID 1 would ignore them otherwise)
 *   if no argument: unshare(CLONE_NEWNET), exit 1 when refused
 *   drop every capability from the bounding set, set no_new_privs, clear the capability sets, exit 1 when refused
 *   forever: wait for a signal; SIGCHLD: reap every dead child; SIGTERM, SIGINT: exit 0
 *
 * With any argument (`/pause host`) it stays in the network namespace that it was started in.
 */
const SIGINT = 2;
const SIGTERM = 15;
const SIGCHLD = 17;
const EINTR = 4;
const CLONE_NEWNET_HIGH = 0x4000; // << 16
const PR_CAPBSET_DROP = 24;
const PR_SET_NO_NEW_PRIVS = 38;
const CAPABILITY_VERSION_3 = 0x20080522;
const WNOHANG = 1;
const signalSet = (1 << (SIGINT - 1)) | (1 << (SIGTERM - 1)) | (1 << (SIGCHLD - 1));

/** The static executable for one machine. */
export function sandboxProgram(machine: Machine): Buffer {
  return elfExecutable(machine, machine === 'amd64' ? amd64() : arm64());
}

function data(code: CodeBuffer): Buffer {
  code.align(8).label('signals').word(signalSet).word(0);
  code.label('noCapabilities');
  for (let i = 0; i < 6; i++) code.word(0);
  return code.finish();
}

function amd64(): Buffer {
  const code = new CodeBuffer();
  const relative = (at: number, target: number) => target - (at + 4);
  const eax = (value: number) => code.emit(0xb8).word(value);
  const edi = (value: number) => code.emit(0xbf).word(value);
  const esi = (value: number) => code.emit(0xbe).word(value);
  const edx = (value: number) => code.emit(0xba).word(value);
  const r10d = (value: number) => code.emit(0x41, 0xba).word(value);
  const rdiAddress = (label: string) => code.emit(0x48, 0x8d, 0x3d).wordFor(label, relative);
  const rsiAddress = (label: string) => code.emit(0x48, 0x8d, 0x35).wordFor(label, relative);
  const syscall = (number: number) => {
    eax(number);
    code.emit(0x0f, 0x05);
  };
  const jump = (label: string) => code.emit(0xe9).wordFor(label, relative);
  const jumpIf = (condition: number, label: string) => code.emit(0x0f, condition).wordFor(label, relative);
  const [equal, greater, negative, notNegative] = [0x84, 0x8f, 0x88, 0x89] as const;
  const testEax = () => code.emit(0x85, 0xc0);
  const compareEax = (value: number) => code.emit(0x83, 0xf8, value & 0xff);

  edi(0); // SIG_BLOCK
  rsiAddress('signals');
  edx(0);
  r10d(8);
  syscall(14); // rt_sigprocmask
  code.emit(0x83, 0x3c, 0x24, 0x01); // cmp dword [rsp], 1: argc
  jumpIf(greater, 'drop');
  edi(CLONE_NEWNET_HIGH << 16);
  syscall(272); // unshare
  testEax();
  jumpIf(negative, 'fail');

  code.label('drop');
  code.emit(0xbb).word(63); // mov ebx, 63: more than there are; the kernel refuses those that it does not know
  code.label('nextCapability');
  edi(PR_CAPBSET_DROP);
  code.emit(0x89, 0xde); // mov esi, ebx
  syscall(157); // prctl
  code.emit(0xff, 0xcb); // dec ebx
  jumpIf(notNegative, 'nextCapability');
  edi(PR_SET_NO_NEW_PRIVS);
  esi(1);
  edx(0);
  r10d(0);
  code.emit(0x45, 0x31, 0xc0); // xor r8d, r8d
  syscall(157);
  code.emit(0x68).word(CAPABILITY_VERSION_3); // push: the header, version and thread 0, on the stack
  code.emit(0x48, 0x89, 0xe7); // mov rdi, rsp
  rsiAddress('noCapabilities');
  syscall(126); // capset
  testEax();
  jumpIf(negative, 'fail');

  code.label('wait');
  rdiAddress('signals');
  esi(0);
  edx(0);
  r10d(8);
  syscall(128); // rt_sigtimedwait, without a time
  compareEax(SIGCHLD);
  jumpIf(equal, 'reap');
  compareEax(-EINTR);
  jumpIf(equal, 'wait');
  testEax();
  jumpIf(negative, 'fail');
  edi(0);
  jump('exit');

  code.label('reap');
  code.emit(0x48, 0xc7, 0xc7).word(-1); // mov rdi, -1: any child
  esi(0);
  edx(WNOHANG);
  r10d(0);
  syscall(61); // wait4
  testEax();
  jumpIf(greater, 'reap');
  jump('wait');

  code.label('fail');
  edi(1);
  code.label('exit');
  syscall(231); // exit_group
  return data(code);
}

function arm64(): Buffer {
  const code = new CodeBuffer();
  const words = (at: number, target: number) => (target - at) >> 2;
  const move = (register: number, value: number) => code.word(0xd2800000 | (value << 5) | register);
  const moveHigh = (register: number, value: number) => code.word(0xd2a00000 | (value << 5) | register);
  const address = (register: number, label: string) =>
    code.wordFor(label, (at, target) => {
      const offset = target - at;
      return 0x10000000 | ((offset & 3) << 29) | (((offset >> 2) & 0x7ffff) << 5) | register;
    });
  const syscall = (number: number) => {
    move(8, number);
    code.word(0xd4000001);
  };
  const branch = (label: string) => code.wordFor(label, (at, target) => 0x14000000 | (words(at, target) & 0x3ffffff));
  const branchIf = (condition: number, label: string) =>
    code.wordFor(label, (at, target) => 0x54000000 | ((words(at, target) & 0x7ffff) << 5) | condition);
  const [equal, negative, notNegative, greater] = [0, 4, 5, 12] as const;
  const compareX0 = (value: number) => code.word(0xf100001f | (value << 10));
  const compareX0Negative = (value: number) => code.word(0xb100001f | (value << 10)); // cmn

  move(0, 0);
  address(1, 'signals');
  move(2, 0);
  move(3, 8);
  syscall(135); // rt_sigprocmask
  code.word(0xf94003e0); // ldr x0, [sp]: argc
  compareX0(1);
  branchIf(greater, 'drop');
  moveHigh(0, CLONE_NEWNET_HIGH);
  syscall(97); // unshare
  compareX0(0);
  branchIf(negative, 'fail');

  code.label('drop');
  move(19, 63);
  code.label('nextCapability');
  move(0, PR_CAPBSET_DROP);
  code.word(0xaa1303e1); // mov x1, x19
  syscall(167); // prctl
  code.word(0xf1000673); // subs x19, x19, 1
  branchIf(notNegative, 'nextCapability');
  move(0, PR_SET_NO_NEW_PRIVS);
  move(1, 1);
  move(2, 0);
  move(3, 0);
  move(4, 0);
  syscall(167);
  move(0, CAPABILITY_VERSION_3 & 0xffff);
  code.word(0xf2a00000 | ((CAPABILITY_VERSION_3 >>> 16) << 5)); // movk x0, …, lsl 16
  code.word(0xf81f0fe0); // str x0, [sp, -16]!: the header, version and thread 0, on the stack
  code.word(0x910003e0); // mov x0, sp
  address(1, 'noCapabilities');
  syscall(91); // capset
  compareX0(0);
  branchIf(negative, 'fail');

  code.label('wait');
  address(0, 'signals');
  move(1, 0);
  move(2, 0);
  move(3, 8);
  syscall(137); // rt_sigtimedwait
  compareX0(SIGCHLD);
  branchIf(equal, 'reap');
  compareX0Negative(EINTR);
  branchIf(equal, 'wait');
  compareX0(0);
  branchIf(negative, 'fail');
  move(0, 0);
  branch('exit');

  code.label('reap');
  code.word(0x92800000); // mov x0, -1: any child
  move(1, 0);
  move(2, WNOHANG);
  move(3, 0);
  syscall(260); // wait4
  compareX0(0);
  branchIf(greater, 'reap');
  branch('wait');

  code.label('fail');
  move(0, 1);
  code.label('exit');
  syscall(94); // exit_group
  return data(code);
}
