/**
 * The rules of a .dockerignore: one pattern a line, `#` comments, `!` takes back what earlier lines ignored, the last line
 * that matches decides. A pattern that matches a folder covers all that is in it.
 */
export function dockerIgnore(text: string): (path: string) => boolean {
  const rules = text
    .split(/\r?\n/)
    .filter((line) => !line.startsWith('#'))
    .map((line) => line.trim())
    .filter((line) => line !== '' && line !== '!')
    .map((line) => {
      const negated = line.startsWith('!');
      return { negated, pattern: toRegExp(negated ? line.slice(1).trim() : line) };
    });
  return (path) => {
    let ignored = false;
    for (const { negated, pattern } of rules) if (pattern.test(path)) ignored = !negated;
    return ignored;
  };
}

function toRegExp(pattern: string): RegExp {
  const parts = pattern.split('/').filter((part) => part !== '' && part !== '.');
  const source = parts.map((part, index) => {
    const last = index === parts.length - 1;
    if (part === '**') return last ? '.*' : '(?:[^/]+/)*';
    return glob(part) + (last ? '' : '/');
  });
  return new RegExp(`^${source.join('')}(?:/.*)?$`);
}

function glob(part: string): string {
  let source = '';
  for (let at = 0; at < part.length; at++) {
    const char = part[at] ?? '';
    if (char === '*') {
      source += part[at + 1] === '*' ? '.*' : '[^/]*';
      if (part[at + 1] === '*') at++;
    } else if (char === '?') source += '[^/]';
    else if (char === '[' && part.indexOf(']', at + 1) > 0) {
      const end = part.indexOf(']', at + 1);
      source += `[${part.slice(at + 1, end).replace(/\\/g, '\\\\')}]`;
      at = end;
    } else if (char === '\\' && at + 1 < part.length) {
      at++;
      source += literal(part[at] ?? '');
    } else source += literal(char);
  }
  return source;
}

const literal = (char: string) => char.replace(/[.*+?^${}()|[\]\\/]/g, '\\$&');
