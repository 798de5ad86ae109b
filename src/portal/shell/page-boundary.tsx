import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import { Component, type ReactNode } from "react";
import { DeniedAlert } from "../access/denied-alert.tsx";
import { isDenied } from "../live/denied.ts";
import { Page } from "./page.tsx";

/** Shows that a page could not be drawn or its code not be loaded; a new `resetKey` tries again. */
export class PageBoundary extends Component<
  { readonly resetKey: string; readonly children: ReactNode },
  { readonly error: unknown; readonly resetKey: string }
> {
  override state = { error: null as unknown, resetKey: this.props.resetKey };

  static getDerivedStateFromError(error: unknown) {
    return { error };
  }

  static getDerivedStateFromProps(props: { resetKey: string }, state: { resetKey: string }) {
    return props.resetKey === state.resetKey ? null : { error: null, resetKey: props.resetKey };
  }

  override render() {
    const { error } = this.state;
    if (error === null) return this.props.children;
    if (isDenied(error)) {
      return (
        <Page title="Not allowed">
          <DeniedAlert error={error} />
        </Page>
      );
    }
    return (
      <Alert
        type="error"
        header="This page could not be shown"
        action={<Button onClick={() => location.reload()}>Reload the page</Button>}
      >
        {error instanceof Error ? error.message : String(error)}. Reloading helps when a part of Tabvisor could not be
        loaded. Running instances will be stopped by it; their disks are kept.
      </Alert>
    );
  }
}
