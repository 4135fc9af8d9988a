import { readFileSync } from 'node:fs';
import { type Policy, PolicySchema } from '../config/audit-policy';
import { decodeYaml } from '../kube/yaml';
import { UsageError } from './command';
import { checkConfig } from './config-file';

/** Reads a Policy of audit.k8s.io/v1 from a YAML or JSON file. @throws UsageError naming the file and what is wrong */
export function readAuditPolicy(path: string): Policy {
  let documents: unknown[];
  try {
    documents = decodeYaml(readFileSync(path, 'utf8'));
  } catch (error) {
    throw new UsageError(`cannot read the audit policy ${path}: ${(error as Error).message}`);
  }
  if (documents.length !== 1) throw new UsageError(`the audit policy ${path} must be one YAML document`);
  return checkConfig(path, documents[0], PolicySchema);
}
