import Alert from "@cloudscape-design/components/alert";
import Button from "@cloudscape-design/components/button";
import Container from "@cloudscape-design/components/container";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type FormEvent, useState } from "react";
import { PAGE_ADDRESS } from "../../api/page-address.ts";
import { sentence } from "../format/text.ts";
import { usePortal } from "../live/portal-context.ts";
import { useRerenderOn } from "../live/use-live.ts";
import { useLoaded } from "../live/use-loaded.ts";
import { SelectField, TextField } from "../resources/fields.tsx";
import { navigate } from "../routing/route.ts";
import { Loading } from "../shell/loading.tsx";
import { Page } from "../shell/page.tsx";
import { Answer } from "./answer.tsx";
import { type End, endsOf } from "./ends.ts";
import { ProtocolField } from "./protocol-field.tsx";
import { asked, formatQuestion, PAGE, parseQuestion, type Question } from "./question.ts";

const TITLE = "Reachability";
/** Another address, to be typed. */
const OTHER = "address";
const NOTHING: Question = { source: PAGE, destination: "", protocol: "tcp", port: "22" };

/** Whether one reaches another, and what decides it. The question is the page's address, so that it can be linked. */
export default function ReachabilityPage({ id = "" }: { id?: string }) {
  const question = parseQuestion(id);
  return (
    <Page
      title={TITLE}
      description="Whether one reaches another, and which rule, list or route decides. No packet is sent to anybody."
    >
      <SpaceBetween size="l">
        {/* Another link begins another form. */}
        <QuestionForm key={id} question={question ?? NOTHING} />
        {question !== null && <Found question={question} />}
      </SpaceBetween>
    </Page>
  );
}

function QuestionForm({ question }: { question: Question }) {
  const { cloud } = usePortal();
  useRerenderOn(cloud.networkInterfaces.onChange);
  useRerenderOn(cloud.instances.onChange);
  const ends = endsOf(cloud);
  const [fields, setFields] = useState(question);
  const set = (changed: Partial<Question>) => setFields((before) => ({ ...before, ...changed }));
  const { source, destination, protocol, port } = fields;
  const isComplete = source !== "" && destination !== "" && (protocol === "icmp" || port.trim() !== "");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isComplete) return;
    const id = formatQuestion({
      protocol,
      source: source.trim(),
      destination: destination.trim(),
      port: port.trim(),
    });
    navigate({ page: "reachability", id }, { replace: true });
  };
  return (
    <Container>
      <form noValidate onSubmit={submit}>
        <SpaceBetween size="m">
          <EndField label="Source" ends={ends} withPage value={source} onChange={(value) => set({ source: value })} />
          <EndField
            label="Destination"
            ends={ends}
            value={destination}
            onChange={(value) => set({ destination: value })}
          />
          <SpaceBetween direction="horizontal" size="m" alignItems="end">
            <ProtocolField protocol={protocol} onChange={(value) => set({ protocol: value })} />
            {protocol !== "icmp" && (
              <TextField
                label="Port"
                inputMode="numeric"
                value={port}
                placeholder="22"
                onChange={(value) => set({ port: value })}
              />
            )}
            <Button variant="primary" disabled={!isComplete}>
              Check
            </Button>
          </SpaceBetween>
        </SpaceBetween>
      </form>
    </Container>
  );
}

interface EndFieldProps {
  readonly label: "Source" | "Destination";
  readonly ends: readonly End[];
  readonly withPage?: boolean;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function EndField({ label, ends, withPage = false, value, onChange }: EndFieldProps) {
  const isKnown = (withPage && value === PAGE) || value.startsWith("eni-");
  const [typing, setTyping] = useState(value !== "" && !isKnown);
  return (
    <SpaceBetween size="xs">
      <SelectField
        label={label}
        value={typing ? OTHER : value}
        placeholder="Choose an instance"
        options={[
          ...(withPage ? [{ value: PAGE, label: "This page", description: PAGE_ADDRESS }] : []),
          ...ends.map((end) => ({
            value: end.interfaceId,
            label: end.label,
            labelTag: end.interfaceId,
            description: [end.privateIp, end.publicIp ?? ""].filter((text) => text !== "").join(", "),
          })),
          { value: OTHER, label: "An address", description: "Of an instance, or somebody's on the Internet" },
        ]}
        onChange={(chosen) => {
          setTyping(chosen === OTHER);
          onChange(chosen === OTHER ? "" : chosen);
        }}
      />
      {typing && <TextField label={`${label} address`} value={value} placeholder="192.0.2.1" onChange={onChange} />}
    </SpaceBetween>
  );
}

function Found({ question }: { question: Question }) {
  const { network } = usePortal().cloud;
  const text = formatQuestion(question);
  const { value, error } = useLoaded(() => network.explain(asked(question)), [network.onChange], [text]);
  if (error !== null) {
    return (
      <Alert type="error" header={error.code}>
        {sentence(error.message)}
      </Alert>
    );
  }
  return value === null ? <Loading text="Looking for a way…" /> : <Answer reachability={value} />;
}
