import Button from "@cloudscape-design/components/button";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useEffect, useRef, useState } from "react";
import type { Instance } from "../../api/types.ts";
import { framePageUrl } from "../../frame/addresses.ts";
import { useFillHeight } from "../console/use-fill-height.ts";
import { useRerenderOn } from "../live/use-live.ts";
import type { Address } from "./address.ts";
import { AddressForm } from "./address-form.tsx";
import { FrameProblem } from "./frame-problem.tsx";
import { FrameSession } from "./frame-session.ts";
import { openInTab } from "./frame-tabs.ts";

interface WebFrameProps {
  readonly instance: Instance;
  readonly template: string;
  /** Where to begin; another port is another frame. */
  readonly address: Address;
  readonly onOpen: (address: Address) => void;
  readonly onClose: () => void;
}

/**
 * What a guest's page may do beside running scripts at its own origin. Not there: navigating the portal's tab
 * (allow-top-navigation) and opening windows, which would be of another browser partition and have no guest behind them.
 */
const SANDBOX = "allow-scripts allow-same-origin allow-forms allow-downloads allow-pointer-lock";

/** A guest's web server with what a browser has around a page. */
export function WebFrame({ instance, template, address, onOpen, onClose }: WebFrameProps) {
  const box = useRef<HTMLDivElement>(null);
  const frame = useRef<HTMLIFrameElement>(null);
  const [session, setSession] = useState<FrameSession | null>(null);
  const first = useRef(address.path);
  const { id } = instance;
  const { port } = address;
  useFillHeight(box);
  useEffect(() => {
    const page = framePageUrl(template, id, port);
    const target = () => frame.current?.contentWindow ?? null;
    const opened = new FrameSession({ server: instance, port, path: first.current, page, target });
    setSession(opened);
    return () => opened.dispose();
  }, [instance, template, id, port]);
  useRerenderOn(session?.onChange);
  const path = session?.shown?.path ?? address.path;
  const open = (wanted: Address) => {
    if (wanted.port === port) session?.open(wanted.path);
    else onOpen(wanted);
  };
  return (
    <SpaceBetween size="s">
      <AddressForm port={port} path={path} onOpen={open} />
      <SpaceBetween direction="horizontal" size="xs">
        <Button
          iconName="angle-left"
          ariaLabel="Back"
          disabled={!session?.shown?.back && session?.problem?.code !== "Frame.Elsewhere"}
          onClick={() => session?.go("back")}
        />
        <Button
          iconName="angle-right"
          ariaLabel="Forward"
          disabled={!session?.shown?.forward}
          onClick={() => session?.go("forward")}
        />
        <Button iconName="refresh" ariaLabel="Reload" onClick={() => session?.go("reload")} />
        <Button iconName="external" iconAlign="right" onClick={() => openInTab(instance, template, { port, path })}>
          Open in a new tab
        </Button>
        <Button variant="link" onClick={onClose}>
          Close
        </Button>
      </SpaceBetween>
      {session?.problem && (
        <FrameProblem
          instance={instance}
          port={port}
          error={session.problem}
          onTab={() => openInTab(instance, template, { port, path })}
          onReload={() => session.go("reload")}
        />
      )}
      <div ref={box}>
        {session !== null && (
          <iframe
            ref={frame}
            title={`Web page of ${instance.name || id}`}
            sandbox={SANDBOX}
            referrerPolicy="no-referrer"
            src={framePageUrl(template, id, port).href}
            style={{
              width: "100%",
              height: "100%",
              border: "1px solid #8c8c94",
              boxSizing: "border-box",
              background: "#fff",
            }}
          />
        )}
      </div>
    </SpaceBetween>
  );
}
