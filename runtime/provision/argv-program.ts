/**
 * The command that every SSH exec sends: constant, so no text of a user ever stands in a command line. It reads one
 * line from its standard input, decodes it into an argument vector and becomes that program; what follows on standard
 * input is the program's own. `read` takes no byte past the line when it reads from a pipe (POSIX).
 *
 * One line of words separated by blanks; a word is `x` (so that an empty argument is a word too) and the argument's
 * bytes, each byte that is not plain as `\0ooo`. The word's closing dot keeps newlines at an argument's end.
 */
// biome-ignore-start lint/suspicious/noTemplateCurlyInString: the shell's own expansions
export const argvProgram = [
  "exec sh -c 'read -r a || exit 255; set -f; set --;",
  'for w in $a; do v=$(printf "%b." "${w#x}"); set -- "$@" "${v%.}"; done;',
  'unset a w v; exec "$@"',
  "'",
].join(' ');
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: the shell's own expansions

const plain = /^[A-Za-z0-9_/:=,@+.-]$/;

/**
 * The line that `argvProgram` reads, newline included.
 * @throws RangeError when there is no program, or an argument has a NUL, which no program can be given.
 */
export function encodeArgv(argv: readonly string[]): Buffer {
  if (argv.length === 0 || argv[0] === '') throw new RangeError('an argument vector starts with the name of a program');
  const words = argv.map((argument) => {
    let word = 'x';
    for (const byte of Buffer.from(argument, 'utf8')) {
      if (byte === 0) throw new RangeError(`argument ${JSON.stringify(argument)} has a NUL character`);
      const char = String.fromCharCode(byte);
      word += byte < 128 && plain.test(char) ? char : `\\0${byte.toString(8).padStart(3, '0')}`;
    }
    return word;
  });
  return Buffer.from(`${words.join(' ')}\n`, 'latin1');
}
