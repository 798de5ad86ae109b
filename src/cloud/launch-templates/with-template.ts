import { CloudError } from "../../base/errors.ts";
import type { LaunchRequest } from "../launch-request.ts";
import { type Tags, TEMPLATE_TAGS } from "../tags.ts";
import { dataOf, findTemplate, type Sight, versionOf } from "./template-lookup.ts";

/** A launch with everything that its template says, and the tags that tell of it. */
export interface ResolvedLaunch {
  readonly request: LaunchRequest & { readonly image: string };
  readonly systemTags: Tags;
}

/**
 * Takes from a launch's template what the launch does not say itself (F12). Tags are taken one by one. Throws
 * `MissingParameter` when neither says an image.
 */
export function withTemplate(sight: Sight, request: LaunchRequest): ResolvedLaunch {
  const { launchTemplate, ...own } = request;
  if (launchTemplate === undefined) return { request: withImage(own), systemTags: {} };
  const found = findTemplate(sight, launchTemplate);
  const version = versionOf(sight, found, launchTemplate.version);
  const data = dataOf(version);
  const given = Object.fromEntries(Object.entries(own).filter(([, value]) => value !== undefined));
  const merged = (name: "tags" | "volumeTags" | "networkInterfaceTags") => {
    const both = { ...data[name], ...own[name] };
    return Object.keys(both).length === 0 ? {} : { [name]: both };
  };
  return {
    request: withImage({
      ...data,
      ...given,
      ...merged("tags"),
      ...merged("volumeTags"),
      ...merged("networkInterfaceTags"),
    }),
    systemTags: { [TEMPLATE_TAGS.id]: found[0], [TEMPLATE_TAGS.version]: String(version.number) },
  };
}

function withImage(request: LaunchRequest): LaunchRequest & { readonly image: string } {
  const { image } = request;
  if (image !== undefined) return { ...request, image };
  throw new CloudError("MissingParameter", "The request must contain the parameter ImageId", { parameter: "ImageId" });
}
