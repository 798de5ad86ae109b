import {
  CreateTags$,
  type CreateTagsRequest,
  DeleteTags$,
  type DeleteTagsRequest,
  DescribeTags$,
  type DescribeTagsRequest,
  type DescribeTagsResult,
  type TagDescription,
} from "@aws-sdk/client-ec2";
import type { Tags } from "../../cloud/tags.ts";
import { listOf } from "../accepted.ts";
import { defineAction } from "../action.ts";
import { LISTED, type Listing, listPage } from "../listing.ts";
import { checkKey, tagsOf } from "../tags.ts";

/** EC2 API, CreateTags: up to 1000 resources. */
const MAX_RESOURCES = 1000;
const ACCEPTED = { Resources: listOf(MAX_RESOURCES), Tags: { Key: true, Value: true } } as const;

export const createTags = defineAction<CreateTagsRequest, Record<never, never>>(
  CreateTags$,
  ACCEPTED,
  async ({ Resources: ids = [], Tags: list = [] }, { cloud }) => {
    const tags = tagsOf(list);
    await cloud.tags.change(ids, (old) => ({ ...old, ...tags }));
    return {};
  },
);

/** A tag with a value goes only where it has that value; without any tags in the request, all of them go. */
export const deleteTags = defineAction<DeleteTagsRequest, Record<never, never>>(
  DeleteTags$,
  ACCEPTED,
  async ({ Resources: ids = [], Tags: list }, { cloud }) => {
    const wanted = list?.map(({ Key: key, Value: value }) => ({ key: checkKey(key), value }));
    const goes = (key: string, value: string) =>
      wanted === undefined || wanted.some((tag) => tag.key === key && (tag.value === undefined || tag.value === value));
    const without = (old: Tags) => Object.fromEntries(Object.entries(old).filter(([key, value]) => !goes(key, value)));
    await cloud.tags.change(ids, without);
    return {};
  },
);

const TAGS: Listing<TagDescription> = {
  idOf: ({ ResourceId: id, Key: key }) => `${id} ${key}`,
  // A tag's own, so that "tag:KEY" finds it.
  tagsOf: ({ Key: key = "", Value: value = "" }) => ({ [key]: value }),
  filters: {
    key: ({ Key: key }) => key,
    "resource-id": ({ ResourceId: id }) => id,
    "resource-type": ({ ResourceType: type }) => type,
    value: ({ Value: value }) => value,
  },
};

export const describeTags = defineAction<DescribeTagsRequest, DescribeTagsResult>(
  DescribeTags$,
  LISTED,
  async (request, context) => {
    const all = context.cloud.tags
      .list()
      .flatMap(({ id, type, tags }) =>
        Object.entries(tags).map(
          ([key, value]): TagDescription => ({ ResourceId: id, ResourceType: type, Key: key, Value: value }),
        ),
      );
    const { items, nextToken } = await listPage(context, "DescribeTags", all, request, TAGS);
    return { Tags: [...items], NextToken: nextToken };
  },
);
