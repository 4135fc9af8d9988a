/** What `kubectl explain` says of the fields that every object has; the other built-in types have no descriptions. */
export const typeMetaDescriptions = {
  apiVersion: 'APIVersion defines the group and version in whose form this object is written, such as apps/v1.',
  kind: 'Kind is the name of the type of this object, such as Deployment. It cannot be changed.',
  metadata: "Standard object's metadata: its name, labels and what else every object has.",
} as const;

export const objectMetaDescriptions: Readonly<Record<string, string>> = {
  annotations: 'Annotations are texts that tools keep with the object; nothing is selected by them.',
  creationTimestamp: 'CreationTimestamp is a timestamp that the server sets when it stores the object first.',
  deletionGracePeriodSeconds:
    'DeletionGracePeriodSeconds is how long a deleted object may take to end. Set by the server.',
  deletionTimestamp: 'DeletionTimestamp is when the object will be gone. Set by the server when it is deleted.',
  finalizers: 'Finalizers keep a deleted object until the parts that they name have taken them away.',
  generateName: 'GenerateName is the beginning of a name that the server completes, where no name is given.',
  generation: 'Generation counts the changes of what is wanted of the object. Set by the server.',
  labels: 'Labels are keys and values by which objects are selected.',
  managedFields: 'ManagedFields says who set which field. Kept by the server.',
  name: 'Name is unique among the objects of its kind in its namespace. It cannot be changed.',
  namespace: 'Namespace is the space within which the name is unique; empty for objects of the cluster.',
  ownerReferences: 'OwnerReferences names the objects that this one belongs to; when they are gone, it goes too.',
  resourceVersion: 'ResourceVersion is the version of the stored object, by which changes in between are noticed.',
  selfLink: 'SelfLink is no longer set.',
  uid: 'UID tells the object from others that had or will have its name. Set by the server.',
};
