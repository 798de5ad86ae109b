import Input, { type InputProps } from "@cloudscape-design/components/input";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import type { RowColumn } from "./edit-rows.tsx";

/** The members of a row that are texts. */
type TextOf<Row> = { [K in keyof Row]: Row[K] extends string ? K : never }[keyof Row] & string;

const changed = <Row,>(id: TextOf<Row>, value: string) => ({ [id]: value }) as unknown as Partial<Row>;

/** A line of text. */
export function inputColumn<Row>(
  id: TextOf<Row>,
  label: string,
  input: Omit<InputProps, "value" | "onChange"> = {},
): RowColumn<Row> {
  return {
    id,
    label,
    control: (row, set) => (
      <Input
        spellcheck={false}
        {...input}
        value={String(row[id])}
        onChange={({ detail }) => set(changed<Row>(id, detail.value))}
      />
    ),
  };
}

interface SelectColumnOptions<Row> extends Omit<SelectProps, "selectedOption" | "onChange"> {
  readonly options: SelectProps.Options;
  /** What a value that is none of the options is called. */
  readonly unknown?: (value: string) => string;
  /** What else changes with it. */
  readonly also?: Partial<NoInfer<Row>>;
}

/** One of some options. */
export function selectColumn<Row>(
  id: TextOf<Row>,
  label: string,
  { unknown = (value) => value, also, ...select }: SelectColumnOptions<Row>,
): RowColumn<Row> {
  const all = select.options.flatMap((option) => ("options" in option ? option.options : [option]));
  return {
    id,
    label,
    control: (row, set) => {
      const value = String(row[id]);
      const other = value === "" ? null : { value, label: unknown(value) };
      return (
        <Select
          {...select}
          selectedOption={all.find((option) => option.value === value) ?? other}
          onChange={({ detail }) => set({ ...also, ...changed<Row>(id, detail.selectedOption.value ?? "") })}
        />
      );
    },
  };
}
