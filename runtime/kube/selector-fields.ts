/** One condition on a field: `status.phase!=Running`. All conditions of a selector must hold. */
export interface FieldTerm {
  field: string;
  operator: '=' | '!=';
  value: string;
}

/**
 * Reads `metadata.name=a,status.phase!=Running`; `==` is `=`; `\,`, `\=` and `\\` stand for themselves.
 * @throws RangeError on a term with no operator or a stray backslash.
 */
export function parseFieldSelector(text: string): FieldTerm[] {
  return splitTerms(text)
    .filter((term) => term !== '')
    .map((term) => {
      const at = operatorAt(term);
      if (!at) throw new RangeError(`invalid selector: '${text}'; can't understand '${term}'`);
      const value = unescapeValue(term.slice(at.index + at.text.length), text);
      return { field: term.slice(0, at.index), operator: at.text === '!=' ? '!=' : '=', value };
    });
}

function splitTerms(text: string): string[] {
  const terms: string[] = [];
  let start = 0;
  for (let i = 0; i < text.length; i++) {
    if (text[i] === '\\') i++;
    else if (text[i] === ',') {
      terms.push(text.slice(start, i));
      start = i + 1;
    }
  }
  return [...terms, text.slice(start)];
}

function operatorAt(term: string): { index: number; text: string } | undefined {
  for (let i = 0; i < term.length; i++) {
    if (term[i] === '\\') i++;
    else if (term.startsWith('!=', i)) return { index: i, text: '!=' };
    else if (term.startsWith('==', i)) return { index: i, text: '==' };
    else if (term[i] === '=') return { index: i, text: '=' };
  }
  return undefined;
}

function unescapeValue(value: string, selector: string): string {
  return value.replace(/\\(.?)/gs, (sequence, escaped: string) => {
    if (escaped === '\\' || escaped === ',' || escaped === '=') return escaped;
    throw new RangeError(`invalid field selector '${selector}': invalid escape sequence: ${sequence}`);
  });
}

/** The string form that `parseFieldSelector` reads back. */
export function formatFieldSelector(terms: readonly FieldTerm[]): string {
  return terms.map((t) => `${t.field}${t.operator}${t.value.replace(/[\\,=]/g, '\\$&')}`).join(',');
}

/** Whether an object meets every term; `fieldValue` gives a field's value, and undefined for a field that it has not. */
export function matchesFields(terms: readonly FieldTerm[], fieldValue: (field: string) => string | undefined): boolean {
  return terms.every(({ field, operator, value }) => ((fieldValue(field) ?? '') === value) === (operator === '='));
}
