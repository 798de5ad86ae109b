import Tabs from "@cloudscape-design/components/tabs";
import { lazy, type ReactNode, Suspense, useState } from "react";
import type { CloudError } from "../../base/errors.ts";
import { Loading } from "../shell/loading.tsx";
import type { OpenShell } from "./shell-session.ts";

const ShellView = lazy(() => import("./shell-view.tsx"));

/** What is asked for in the tab of new ones. */
export interface NewShell {
  /** "root", "user@…" */
  readonly who: string;
  readonly open: OpenShell;
  readonly remedy?: (error: CloudError) => ReactNode;
}

interface ShellTabsProps {
  /** What one is called: "Session". */
  readonly title: string;
  /** What the tab says that opens one more. */
  readonly more: string;
  /** Where they run. */
  readonly host: string;
  /** The form for a new one. */
  readonly form: (start: (shell: NewShell) => void) => ReactNode;
}

const NEW = "new";

/** Shells of an instance beside each other, each in a tab, and a tab to open more; closing a tab ends its shell. */
export function ShellTabs({ title, more, host, form }: ShellTabsProps) {
  const [shells, setShells] = useState<readonly (NewShell & { readonly id: string; readonly name: string })[]>([]);
  const [opened, setOpened] = useState(0);
  const [active, setActive] = useState(NEW);
  const start = (shell: NewShell) => {
    const id = `shell-${opened + 1}`;
    setShells([...shells, { ...shell, id, name: `${title} ${opened + 1}` }]);
    setOpened(opened + 1);
    setActive(id);
  };
  const close = (id: string) => {
    const rest = shells.filter((shell) => shell.id !== id);
    setShells(rest);
    if (active === id) setActive(rest.at(-1)?.id ?? NEW);
  };
  const fresh = form(start);
  if (shells.length === 0) return fresh;
  return (
    // Of the variants that have a frame, the content is made anew at each change of tabs: shells would end with it.
    <Tabs
      ariaLabel={`Open: ${title}`}
      activeTabId={active}
      onChange={({ detail }) => setActive(detail.activeTabId)}
      tabs={[
        ...shells.map(({ id, name, who, open, remedy }) => ({
          id,
          label: `${name} (${who})`,
          dismissible: true,
          dismissLabel: `End ${name}`,
          onDismiss: () => close(id),
          // It runs on while another tab is shown.
          contentRenderStrategy: "lazy" as const,
          content: (
            <Suspense fallback={<Loading text="Loading the terminal…" />}>
              <ShellView title={name} label={`${name} on ${host}`} open={open} {...(remedy && { remedy })} />
            </Suspense>
          ),
        })),
        { id: NEW, label: more, content: fresh },
      ]}
    />
  );
}
