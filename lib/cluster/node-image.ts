import { AssetType, TerraformAsset } from 'cdktf';
import type { Construct } from 'constructs';
import { packageFolder } from '../support/package-folder';

/** The build context of the node image, as a folder of the stack. */
export function nodeImageContext(scope: Construct): TerraformAsset {
  return new TerraformAsset(scope, 'node-image-context', {
    path: packageFolder('runtime/node-image'),
    type: AssetType.DIRECTORY,
  });
}
