import { registerFormats } from './functions/formats';
import { registerLists } from './functions/lists';
import { registerNetworks } from './functions/networks';
import { registerQuantities } from './functions/quantities';
import { registerTexts } from './functions/texts';
import { registerUrls } from './functions/urls';
import { celLibrary, type Environment } from './load';

/** Names before a dot that are no values: `sets.contains(…)`, `ip.isCanonical(…)`, `format.dns1123Label()`. */
const namespaces = { sets: 'Sets', ip: 'IpNamespace', format: 'FormatNamespace' };

let base: Environment | undefined;

/** A new environment with the functions that Kubernetes gives to rules. */
export function newEnvironment(): Environment {
  base ??= makeBase();
  return base.clone();
}

function makeBase(): Environment {
  const { Environment } = celLibrary();
  const environment = new Environment({ enableOptionalTypes: true, homogeneousAggregateLiterals: false });
  for (const [name, type] of Object.entries(namespaces)) {
    const Namespace = class {};
    environment.registerType(type, Namespace);
    environment.registerConstant(name, type, new Namespace());
  }
  registerTexts(environment);
  registerLists(environment);
  registerUrls(environment);
  registerQuantities(environment);
  registerNetworks(environment);
  registerFormats(environment);
  return environment;
}
