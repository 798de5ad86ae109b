import type { Tags } from "../tags/tags.ts";

interface Tagged {
  readonly id: string;
  readonly tags: Tags;
}

/** What the console shows as a network resource's name: its tag. Empty without one. */
export const nameOf = ({ tags }: Pick<Tagged, "tags">): string => tags.Name ?? "";

/** "web (vpc-…)" or the id alone. */
export const labelOf = (resource: Tagged): string => {
  const name = nameOf(resource);
  return name === "" ? resource.id : `${name} (${resource.id})`;
};

/** What gives something new its name; nothing for an empty one. */
export const nameTags = (name: string): { readonly tags?: Tags } =>
  name.trim() === "" ? {} : { tags: { Name: name.trim() } };
