import ButtonDropdown from "@cloudscape-design/components/button-dropdown";

interface MenuItem<Action extends string> {
  readonly action: Action;
  readonly text: string;
  /** Why it cannot be chosen; null when it can. */
  readonly whyNot: string | null;
}

interface ActionsMenuProps<Action extends string> {
  readonly items: readonly MenuItem<Action>[];
  readonly onAction: (action: Action) => void;
}

/** The actions for what is selected; those that cannot be done now say why. */
export function ActionsMenu<Action extends string>({ items, onAction }: ActionsMenuProps<Action>) {
  return (
    <ButtonDropdown
      items={items.map(({ action, text, whyNot }) => ({
        id: action,
        text,
        disabled: whyNot !== null,
        ...(whyNot !== null && { disabledReason: whyNot }),
      }))}
      onItemClick={({ detail }) => onAction(detail.id as Action)}
    >
      Actions
    </ButtonDropdown>
  );
}
