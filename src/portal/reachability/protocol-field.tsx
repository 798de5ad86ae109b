import { SelectField } from "../resources/fields.tsx";
import type { Protocol } from "./question.ts";

const OPTIONS: readonly { readonly value: Protocol; readonly label: string }[] = [
  { value: "tcp", label: "TCP" },
  { value: "udp", label: "UDP" },
  { value: "icmp", label: "Ping (ICMP)" },
];

/** What is asked with. */
export function ProtocolField(props: { protocol: Protocol; onChange: (protocol: Protocol) => void }) {
  return <SelectField<Protocol> label="Protocol" value={props.protocol} options={OPTIONS} onChange={props.onChange} />;
}
