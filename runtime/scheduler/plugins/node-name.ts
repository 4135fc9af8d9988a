import type { FilterPlugin } from '../plugin';

const reasonNodeName = "node(s) didn't match the requested node name";

/** A pod that names its node goes nowhere else. */
export const nodeName: FilterPlugin = {
  name: 'NodeName',
  filter({ pod }) {
    const wanted = pod.spec?.nodeName;
    if (!wanted) return undefined;
    return ({ name }) => (name === wanted ? undefined : [reasonNodeName]);
  },
};
