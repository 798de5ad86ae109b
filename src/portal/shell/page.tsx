import ContentLayout from "@cloudscape-design/components/content-layout";
import Header from "@cloudscape-design/components/header";
import { type ReactNode, useEffect, useRef } from "react";

interface PageProps {
  readonly title: string;
  /** For `document.title`; the title when absent. */
  readonly documentTitle?: string;
  readonly description?: ReactNode;
  readonly actions?: ReactNode;
  /** What takes the keyboard when the page has opened: its heading, or something in the page that does it itself. */
  readonly focus?: "heading" | "content";
  readonly children: ReactNode;
}

/** The first page leaves the keyboard at the top of the document, where a browser puts it. */
let isFirstPage = true;

/** A page: heading, content, `document.title`; the keyboard and screen readers are taken to it when it opens. */
export function Page({ title, documentTitle, description, actions, focus = "heading", children }: PageProps) {
  const container = useRef<HTMLDivElement>(null);
  const focusAtFirst = useRef(focus);
  useEffect(() => {
    if (!isFirstPage && focusAtFirst.current === "heading") focusHeading(container.current);
    isFirstPage = false;
  }, []);
  useEffect(() => {
    document.title = `${documentTitle ?? title} – Tabvisor`;
  }, [title, documentTitle]);
  return (
    <div ref={container}>
      <ContentLayout
        header={
          <Header variant="h1" description={description} actions={actions}>
            {title}
          </Header>
        }
      >
        {children}
      </ContentLayout>
    </div>
  );
}

function focusHeading(container: HTMLElement | null): void {
  const heading = container?.querySelector<HTMLElement>("h1");
  if (!heading) return;
  // A heading can take focus only from a script, so nothing shows that it has it.
  heading.tabIndex = -1;
  heading.style.outline = "none";
  heading.focus({ preventScroll: true });
}
