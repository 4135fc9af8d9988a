/**
 * Writes docs/terraform-reference.md from the providers' own schemas.
 *
 *   npm run generate
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { containerSchema } from '../runtime/terraform/docker/schema/container';
import { imageSchema as dockerImageSchema } from '../runtime/terraform/docker/schema/image';
import { networkSchema } from '../runtime/terraform/docker/schema/network';
import { dockerProviderSchema } from '../runtime/terraform/docker/schema/provider';
import { volumeSchema } from '../runtime/terraform/docker/schema/volume';
import { imageSchema } from '../runtime/terraform/orlop/schema/image';
import { nodeSchema } from '../runtime/terraform/orlop/schema/node';
import { objectSchema } from '../runtime/terraform/orlop/schema/object';
import { providerSchema } from '../runtime/terraform/orlop/schema/provider';
import { sshKeySchema } from '../runtime/terraform/orlop/schema/ssh-key';
import type { Attribute, Block } from '../runtime/terraform/protocol/block';
import type { ResourceSchema } from '../runtime/terraform/protocol/resource';
import type { CtyType } from '../runtime/terraform/protocol/value';
import { blockOf } from '../runtime/terraform/protocol/zod-block';

export const referencePath = 'docs/terraform-reference.md';

const head = `<!-- Written by tools/generate-docs.ts from the providers' schemas ("npm run generate"). Do not edit. -->

# Terraform reference

What [terraform.md](terraform.md) explains, attribute by attribute. *Required*: the user gives it. *Optional*: the user
may. *Computed*: the provider says it; with *optional*, where the user does not. *Replaces*: a change makes a new
resource. *Write-only*: in no plan and no state.
`;

/** The text of the reference. */
export function terraformReference(): string {
  return [
    head,
    '## Provider `orlop.local/orlop/orlop`\n',
    attributesOf(providerSchema),
    ...[nodeSchema, objectSchema, imageSchema, sshKeySchema].map(section),
    '## Provider `orlop.local/orlop/docker`\n',
    'Resources and attributes of kreuzwerker/docker. What it does not serve is refused when it is planned, by name.\n',
    attributesOf(dockerProviderSchema),
    ...[containerSchema, dockerImageSchema, networkSchema, volumeSchema].map(section),
  ].join('\n');
}

function section(schema: ResourceSchema): string {
  const description = schema.description ? `${schema.description}\n\n` : '';
  return `### \`${schema.name}\`\n\n${description}${attributesOf(schema)}`;
}

function attributesOf(schema: ResourceSchema): string {
  const rows = rowsOf(blockOf(schema.attributes), '').map((cells) => `| ${cells.map(cell).join(' | ')} |\n`);
  return `| attribute | type | | meaning |\n| --- | --- | --- | --- |\n${rows.join('')}`;
}

function rowsOf({ attributes, blocks }: Block, prefix: string): string[][] {
  return [
    ...attributes.flatMap((each) => attributeRows(each, prefix)),
    ...blocks.flatMap((each) => [
      [
        `\`${prefix}${each.name}\``,
        `${each.nesting} of blocks`,
        each.minItems > 0 ? 'required' : 'optional',
        each.description ?? '',
      ],
      ...rowsOf(each.block, `${prefix}${each.name}.`),
    ]),
  ];
}

function attributeRows(attribute: Attribute, prefix: string): string[][] {
  const { name, nested, description = '', defaultValue } = attribute;
  const traits = [
    attribute.required && 'required',
    attribute.optional && 'optional',
    attribute.computed && defaultValue === undefined && 'computed',
    attribute.forceNew && 'replaces',
    attribute.writeOnly && 'write-only',
    attribute.sensitive && 'sensitive',
  ];
  const meaning =
    defaultValue === undefined ? description : `${description} Default: \`${JSON.stringify(defaultValue)}\`.`;
  const type = nested
    ? nested.nesting.replace(/^single$/, 'object') + (nested.nesting === 'single' ? '' : ' of objects')
    : typeName(attribute.type);
  return [
    [`\`${prefix}${name}\``, type, traits.filter(Boolean).join(', '), meaning.trim()],
    ...(nested?.attributes ?? []).flatMap((each) => attributeRows(each, `${prefix}${name}.`)),
  ];
}

function typeName(type: CtyType): string {
  if (typeof type === 'string') return type === 'dynamic' ? 'any' : type;
  const [collection, of] = type;
  return collection === 'object' || collection === 'tuple' ? collection : `${collection} of ${typeName(of as CtyType)}`;
}

/** Text that ends no cell of a table. */
function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll('\n', ' ');
}

if (require.main === module) {
  writeFileSync(join(__dirname, '..', referencePath), terraformReference());
  console.log(referencePath);
}
