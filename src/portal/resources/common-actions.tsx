import type { ApiCall } from "../command/script.ts";
import { ManageTags } from "../tags/manage-tags.tsx";
import type { Tags } from "../tags/tags.ts";
import { onAll } from "./on-all.ts";
import { Question } from "./question.tsx";
import type { ResourceAction } from "./resource-actions.tsx";

interface TagsAction<T> {
  readonly labelOf: (item: T) => string;
  /** The collection's member of the API, e.g. "volumes"; tags are set by its `setTags`. */
  readonly member: string;
  readonly setTags: (id: string, tags: Tags) => Promise<unknown>;
  readonly whyNot?: (item: T) => string | null;
}

/** Changes the tags of one resource. */
export function tagsAction<T extends { readonly id: string; readonly tags: Tags }>({
  labelOf,
  member,
  setTags,
  ...rest
}: TagsAction<T>): ResourceAction<T> {
  return {
    text: "Manage tags…",
    ...rest,
    dialog: ([item], close) => (
      <ManageTags
        label={labelOf(item)}
        id={item.id}
        tags={item.tags}
        callOf={(tags) => ({ member: `${member}.setTags`, args: [item.id, tags] })}
        onSave={(tags) => setTags(item.id, tags)}
        onClose={close}
      />
    ),
  };
}

interface AskedAction<T> {
  /** What is done, e.g. "Delete". */
  readonly verb: string;
  readonly noun: readonly [one: string, many: string];
  readonly labelOf: (item: T) => string;
  /** What it means, and whether it can be undone. */
  readonly consequence: string;
  readonly act: (item: T) => Promise<unknown>;
  readonly callOf?: (item: T) => ApiCall;
  readonly whyNot?: (item: T) => string | null;
  /** Unless false. */
  readonly several?: boolean;
}

/** Asks before it does something with each of the selected resources. */
export function askedAction<T extends { readonly id: string }>(action: AskedAction<T>): ResourceAction<T> {
  const { verb, noun, labelOf, consequence, act, callOf, whyNot, several = true } = action;
  return {
    text: `${verb}…`,
    several,
    ...(whyNot !== undefined && { whyNot }),
    dialog: (items, close) => (
      <Question
        title={`${verb} ${items.length === 1 ? labelOf(items[0]) : `${items.length} ${noun[1]}`}?`}
        submit={verb}
        consequence={consequence}
        onSubmit={() => onAll(items, act)}
        calls={callOf === undefined ? [] : items.map(callOf)}
        onClose={close}
      />
    ),
  };
}
