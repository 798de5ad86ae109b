import Alert from "@cloudscape-design/components/alert";
import Box from "@cloudscape-design/components/box";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import Header from "@cloudscape-design/components/header";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import SpaceBetween from "@cloudscape-design/components/space-between";
import StatusIndicator from "@cloudscape-design/components/status-indicator";
import { useEffect, useRef, useState } from "react";
import type { NetworkInterface } from "../../api/network-types.ts";
import { type CloudError, toCloudError } from "../../base/errors.ts";
import { formatBytes } from "../format/bytes.ts";
import { sentence } from "../format/text.ts";
import { usePortal } from "../live/portal-context.ts";
import { SelectField } from "../resources/fields.tsx";
import { saveFile } from "../resources/save-file.ts";
import { CaptureSession } from "./capture-session.ts";

/** How often the counts are shown anew. */
const COUNTED_MS = 250;

/** Ethernet, IPv4 and TCP with all options: who talks to whom, and not what is said. */
const HEADERS_BYTES = 128;
const EVERYTHING = "all";
const HEADERS = "headers";

type Phase = "none" | "running" | "saved";

/** Writes what passes at an interface into a file that Wireshark opens. */
export function CaptureView({ networkInterface }: { networkInterface: NetworkInterface }) {
  const { networkInterfaces } = usePortal().cloud;
  const { id } = networkInterface;
  const [kept, setKept] = useState<string>(EVERYTHING);
  const [phase, setPhase] = useState<Phase>("none");
  const [counts, setCounts] = useState<CaptureSession["counts"]>({ packets: 0, bytes: 0 });
  const [error, setError] = useState<CloudError | null>(null);
  const running = useRef<CaptureSession | null>(null);
  useEffect(() => {
    if (phase !== "running") return;
    const timer = setInterval(() => running.current && setCounts(running.current.counts), COUNTED_MS);
    return () => clearInterval(timer);
  }, [phase]);
  // Whoever leaves the page has captured what had come.
  useEffect(() => () => running.current?.stop(), []);

  const capture = async () => {
    setError(null);
    const session = new CaptureSession();
    const open = async () => {
      const options = kept === HEADERS ? { snapLength: HEADERS_BYTES } : {};
      const captured = await networkInterfaces.capture(id, options);
      running.current = session;
      setPhase("running");
      return session.through(captured);
    };
    try {
      const saved = await saveFile(`${id}.pcapng`, open, new AbortController().signal);
      setCounts(session.counts);
      setPhase(saved ? "saved" : "none");
    } catch (thrown) {
      setError(toCloudError(thrown));
      setPhase("none");
    } finally {
      running.current = null;
    }
  };

  return (
    <Container
      header={
        <Header
          variant="h2"
          description="What passes at the interface from now on, as a pcapng file, which Wireshark opens. Leaving this tab stops it."
          actions={
            phase === "running" ? (
              <Button variant="primary" onClick={() => running.current?.stop()}>
                Stop and save
              </Button>
            ) : (
              <Button variant="primary" onClick={() => void capture()}>
                Start capture
              </Button>
            )
          }
        >
          Packet capture
        </Header>
      }
    >
      <SpaceBetween size="m">
        {error !== null && (
          <Alert type="error" header={error.code}>
            {sentence(error.message)}
          </Alert>
        )}
        <SelectField
          label="Of each frame"
          value={kept}
          disabled={phase === "running"}
          options={[
            { value: EVERYTHING, label: "Everything" },
            { value: HEADERS, label: `The first ${HEADERS_BYTES} bytes`, description: "Headers: who talks to whom" },
          ]}
          onChange={setKept}
        />
        {phase === "none" ? (
          <Box color="text-body-secondary">Nothing is captured.</Box>
        ) : (
          <KeyValuePairs
            columns={3}
            items={[
              {
                label: "Capture",
                value: (
                  <StatusIndicator type={phase === "running" ? "in-progress" : "success"}>
                    {phase === "running" ? "Running" : "Saved"}
                  </StatusIndicator>
                ),
              },
              { label: "Packets", value: String(counts.packets) },
              { label: "Size of the file", value: formatBytes(counts.bytes) },
            ]}
          />
        )}
      </SpaceBetween>
    </Container>
  );
}
