import { type ReactNode, useState } from "react";
import { ActionsMenu } from "./actions-menu.tsx";
import { articled, type Noun } from "./nouns.ts";

/** What an action is about: at least one resource. */
type Items<T> = readonly [T, ...T[]];

interface CommonAction<T> {
  readonly text: string;
  /** It can be done with several at once. */
  readonly several?: boolean;
  /** Why it cannot be done with a resource as it is now; null when it can. The cloud decides: this is what can be clicked. */
  readonly whyNot?: (item: T) => string | null;
}

/** Something that can be done with the selected resources: at once, or in a dialog. */
export type ResourceAction<T> = CommonAction<T> &
  (
    | { readonly act: (items: Items<T>) => void }
    | { readonly dialog: (items: Items<T>, close: () => void) => ReactNode }
  );

interface ResourceActionsProps<T> {
  readonly noun: Noun;
  readonly items: readonly T[];
  readonly actions: readonly ResourceAction<T>[];
}

/** The menu of what can be done with the selected resources, and the dialogs that it opens. */
export function ResourceActions<T>({ noun, items, actions }: ResourceActionsProps<T>) {
  // The selection, and what there is to do with it, may change under an open dialog; what is asked about does not.
  const [asking, setAsking] = useState<{ dialog: DialogOf<T>; items: Items<T> } | null>(null);
  const choose = (text: string) => {
    const action = actions.find((one) => one.text === text);
    if (action === undefined || !hasOne(items)) return;
    if ("act" in action) action.act(items);
    else setAsking({ dialog: action.dialog, items });
  };
  return (
    <>
      <ActionsMenu
        items={actions.map((action) => ({
          action: action.text,
          text: action.text,
          whyNot: whyNot(action, items, noun),
        }))}
        onAction={choose}
      />
      {asking?.dialog(asking.items, () => setAsking(null))}
    </>
  );
}

type DialogOf<T> = Extract<ResourceAction<T>, { readonly dialog: unknown }>["dialog"];

const hasOne = <T,>(items: readonly T[]): items is Items<T> => items.length > 0;

/** Why an action cannot be chosen for a selection; null when it can. */
export function whyNot<T>(action: CommonAction<T>, items: readonly T[], [one]: Noun): string | null {
  if (items.length === 0) return `Select ${articled(one)} first`;
  if (items.length > 1 && action.several !== true) return `Select one ${one}`;
  const reasons = items.map((item) => action.whyNot?.(item) ?? null);
  return reasons.find((reason) => reason !== null) ?? null;
}
