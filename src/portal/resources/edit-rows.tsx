import AttributeEditor from "@cloudscape-design/components/attribute-editor";
import Box from "@cloudscape-design/components/box";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { type ReactNode, useState } from "react";
import { CloudError, toCloudError } from "../../base/errors.ts";
import type { Change } from "./changes.ts";
import { Dialog } from "./dialog.tsx";
import type { FieldErrors, FieldOf } from "./refusal.ts";

/** What follows from the rows as they stand. */
export interface RowChange extends Change {
  /** The row that it is about; absent: of none, or of several. */
  readonly at?: number;
}

export interface RowColumn<Row> {
  /** What errors call it. */
  readonly id: string;
  readonly label: string;
  readonly control: (row: Row, set: (change: Partial<Row>) => void) => ReactNode;
}

interface EditRowsProps<Row> {
  readonly title: string;
  /** In the singular and plural, as "route" and "routes". */
  readonly noun: readonly [one: string, many: string];
  /** What there is beside the rows. */
  readonly note?: ReactNode;
  readonly before: readonly Row[];
  readonly newRow: (rows: readonly Row[]) => Row;
  /** What it means that there are none. */
  readonly empty: string;
  readonly columns: readonly RowColumn<Row>[];
  /** What the form itself knows to be wrong with a row, by its column. */
  readonly whatIsWrong: (row: Row) => FieldErrors<string>;
  /** The column that a refusal of a row's change is about. */
  readonly fieldOf?: FieldOf<string>;
  /** What is to be done by what there is now: what an attempt before has done already is not done again. */
  readonly changesOf: (rows: readonly Row[]) => readonly RowChange[];
  readonly onClose: () => void;
}

/** Several things that belong to a resource, such as rules or routes, edited all at once. */
export function EditRows<Row extends object>(props: EditRowsProps<Row>) {
  const { title, noun, note, before, newRow, empty, columns, whatIsWrong, changesOf, onClose } = props;
  const [one, many] = noun;
  const [rows, setRows] = useState(before);
  // What was sent last: a row that has been mended since is not among them.
  const [sent, setSent] = useState<readonly Row[] | null>(null);
  const wrong = rows.some((row) => Object.keys(whatIsWrong(row)).length > 0);
  const changes = changesOf(rows);

  const save = async () => {
    setSent(rows);
    if (wrong) {
      throw new CloudError("InvalidParameterValue", `Not every ${one} is complete: the fields say what is missing.`);
    }
    for (const { at, act } of changesOf(rows)) {
      try {
        await act();
      } catch (thrown) {
        const { code, message, details } = toCloudError(thrown);
        throw new CloudError(code, message, at === undefined ? details : { ...details, row: at });
      }
    }
  };

  return (
    <Dialog
      title={title}
      submit={`Save ${many}`}
      size="max"
      disabled={changes.length === 0}
      fieldOf={(refusal) => {
        const column = "row" in refusal.details ? props.fieldOf?.(refusal) : undefined;
        return column === undefined ? undefined : `${refusal.details.row} ${column}`;
      }}
      onSubmit={save}
      onClose={onClose}
      calls={wrong ? [] : changes.map(({ call }) => call)}
    >
      {(errors: FieldErrors<string>) => (
        <SpaceBetween size="m">
          {note !== undefined && <Box color="text-body-secondary">{note}</Box>}
          <AttributeEditor
            items={rows}
            addButtonText={`Add ${one}`}
            removeButtonText="Remove"
            empty={empty}
            onAddButtonClick={() => setRows([...rows, newRow(rows)])}
            onRemoveButtonClick={({ detail }) => setRows(rows.filter((_, index) => index !== detail.itemIndex))}
            definition={columns.map(({ id, label, control }) => ({
              label,
              errorText: (row: Row) => (sent !== null && whatIsWrong(row)[id]) || errors[`${sent?.indexOf(row)} ${id}`],
              control: (row: Row, index: number) =>
                control(row, (change) =>
                  setRows(rows.map((other, at) => (at === index ? { ...other, ...change } : other))),
                ),
            }))}
          />
        </SpaceBetween>
      )}
    </Dialog>
  );
}
