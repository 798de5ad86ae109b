import type { SecurityGroup } from "../../api/network-types.ts";

/** "web (sg-…)": a group has a name of its own, beside its tags. */
export const labelOf = ({ id, name }: Pick<SecurityGroup, "id" | "name">): string => `${name} (${id})`;
