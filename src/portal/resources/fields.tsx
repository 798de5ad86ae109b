import FileUpload from "@cloudscape-design/components/file-upload";
import FormField from "@cloudscape-design/components/form-field";
import Input, { type InputProps } from "@cloudscape-design/components/input";
import Multiselect, { type MultiselectProps } from "@cloudscape-design/components/multiselect";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import Textarea, { type TextareaProps } from "@cloudscape-design/components/textarea";
import type { ReactNode } from "react";

interface FieldProps {
  readonly label: ReactNode;
  readonly description?: ReactNode;
  /** What can be typed. */
  readonly constraint?: ReactNode;
  /** What is wrong with it. */
  readonly error?: ReactNode;
}

interface ValueProps<V> extends FieldProps {
  readonly value: V;
  readonly onChange: (value: V) => void;
}

/** What is said of a field, apart from what its control is told. */
function apart<Props extends FieldProps>({ label, description, constraint, error, ...control }: Props) {
  return { field: { label, description, constraintText: constraint, errorText: error }, control };
}

type InputSettings = Omit<InputProps, "value" | "onChange">;

/** A line of text. */
export function TextField(props: ValueProps<string> & InputSettings) {
  const { field, control } = apart(props);
  const { value, onChange, ...input } = control;
  return (
    <FormField {...field}>
      <Input
        autoComplete={false}
        spellcheck={false}
        {...input}
        value={value}
        onChange={({ detail }) => onChange(detail.value)}
      />
    </FormField>
  );
}

/** A number, as text: what is no number goes to the cloud, which refuses it. */
export function NumberField(props: ValueProps<string> & InputSettings) {
  return <TextField inputMode="numeric" {...props} type="number" />;
}

/** A secret. It is for the browser's own store of passwords whether it is a new one. */
export function PasswordField({ isNew = false, ...field }: ValueProps<string> & { readonly isNew?: boolean }) {
  return <TextField {...field} type="password" autoComplete={isNew ? "new-password" : "current-password"} />;
}

/** Several lines of text. */
export function TextAreaField(props: ValueProps<string> & Omit<TextareaProps, "value" | "onChange">) {
  const { field, control } = apart(props);
  const { value, onChange, ...area } = control;
  return (
    <FormField {...field}>
      <Textarea spellcheck={false} {...area} value={value} onChange={({ detail }) => onChange(detail.value)} />
    </FormField>
  );
}

interface SelectFieldProps<V extends string> extends ValueProps<V>, Omit<SelectProps, "selectedOption" | "onChange"> {
  readonly options: SelectProps.Options;
}

/** One of some options, known by their values. A value that is none of them is shown as it is; an empty one selects nothing. */
export function SelectField<V extends string>(props: SelectFieldProps<V>) {
  const { field, control } = apart(props);
  const { value, onChange, ...select } = control;
  const options = select.options.flatMap((option) => ("options" in option ? option.options : [option]));
  return (
    <FormField {...field}>
      <Select
        {...select}
        selectedOption={options.find((option) => option.value === value) ?? (value === "" ? null : { value })}
        onChange={({ detail }) => onChange(detail.selectedOption.value as V)}
      />
    </FormField>
  );
}

interface MultiselectFieldProps
  extends Omit<ValueProps<readonly string[]>, "value">,
    Omit<MultiselectProps, "selectedOptions" | "onChange"> {
  readonly options: readonly MultiselectProps.Option[];
  readonly values: readonly string[];
}

/** Some of some options, known by their values. A value that is none of them is shown as it is. */
export function MultiselectField(props: MultiselectFieldProps) {
  const { field, control } = apart(props);
  const { values, onChange, ...select } = control;
  const { options } = select;
  return (
    <FormField {...field}>
      <Multiselect
        filteringType="auto"
        {...select}
        selectedOptions={values.map((value) => options.find((option) => option.value === value) ?? { value })}
        onChange={({ detail }) => onChange(detail.selectedOptions.map(({ value = "" }) => value))}
      />
    </FormField>
  );
}

interface FileFieldProps {
  readonly files: readonly File[];
  /** The one chosen last, or none. */
  readonly onChange: (file: File | undefined) => void;
}

/** A file of this computer, chosen or dropped. */
export function FileField({ files, onChange }: FileFieldProps) {
  return (
    <FileUpload
      value={files}
      onChange={({ detail }) => onChange(detail.value.at(-1))}
      showFileSize
      i18nStrings={{
        uploadButtonText: () => "Choose a file",
        dropzoneText: () => "Drop a file here",
        removeFileAriaLabel: () => "Remove the file",
        limitShowFewer: "Show fewer",
        limitShowMore: "Show more",
        errorIconAriaLabel: "Error",
      }}
    />
  );
}
