/** Owner of the fields that Terraform applies. */
export const fieldManager = 'orlop-terraform';
