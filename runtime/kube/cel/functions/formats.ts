import {
  checkDns1035Label,
  checkDns1123Label,
  checkDns1123Subdomain,
  checkLabelValue,
  checkQualifiedName,
} from '../../names';
import { formatProblem } from '../../schema-engine/formats';
import { type Environment, optionalOf } from '../load';

const sync = { async: false };

/** A named format; `check` says what is wrong with a text. */
class Format {
  constructor(
    readonly name: string,
    readonly check: (text: string) => string[],
  ) {}
}

const of = (name: string, format: string) => (text: string) =>
  formatProblem(format, text) ? [`must be of the format ${name}`] : [];
const prefix = (check: (text: string) => string[]) => (text: string) => check(text.replace(/-$/, 'a'));

const formats = [
  new Format('dns1123Label', checkDns1123Label),
  new Format('dns1123Subdomain', checkDns1123Subdomain),
  new Format('dns1035Label', checkDns1035Label),
  new Format('qualifiedName', checkQualifiedName),
  new Format('labelValue', checkLabelValue),
  new Format('dns1123LabelPrefix', prefix(checkDns1123Label)),
  new Format('dns1123SubdomainPrefix', prefix(checkDns1123Subdomain)),
  new Format('dns1035LabelPrefix', prefix(checkDns1035Label)),
  new Format('uri', of('uri', 'uri')),
  new Format('uuid', of('uuid', 'uuid')),
  new Format('byte', of('byte', 'byte')),
  new Format('date', of('date', 'date')),
  new Format('datetime', of('datetime', 'datetime')),
];

/** Kubernetes' named formats: `!format.dns1123Label().validate(self.name).hasValue()`. */
export function registerFormats(environment: Environment): void {
  environment.registerType('kubernetes.NamedFormat', Format);
  for (const format of formats) {
    environment.registerFunction(
      `FormatNamespace.${format.name}(): kubernetes.NamedFormat`,
      (() => format) as never,
      sync,
    );
  }
  environment.registerFunction(
    'FormatNamespace.named(string): optional<kubernetes.NamedFormat>',
    ((_: unknown, name: string) => optionalOf(formats.find((format) => format.name === name))) as never,
    sync,
  );
  environment.registerFunction(
    'kubernetes.NamedFormat.validate(string): optional<list<string>>',
    (({ check }: Format, text: string) => {
      const problems = check(text);
      return optionalOf(problems.length > 0 ? problems : undefined);
    }) as never,
    sync,
  );
}
