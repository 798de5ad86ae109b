import Container from "@cloudscape-design/components/container";
import KeyValuePairs from "@cloudscape-design/components/key-value-pairs";
import type { ReactNode } from "react";

interface FactsProps {
  /** What is known, by what it is called; a dash stands for what is empty, null or false. */
  readonly facts: Readonly<Record<string, ReactNode>>;
  readonly header?: ReactNode;
  readonly columns?: number;
}

/** What is known of a resource. */
export function Facts({ facts, header, columns = 3 }: FactsProps) {
  return (
    <Container header={header}>
      <KeyValuePairs
        columns={columns}
        items={Object.entries(facts).map(([label, value]) => ({
          label,
          value: value === "" || value === null || value === false ? "–" : value,
        }))}
      />
    </Container>
  );
}
