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

/** A field with what is said of it. */
function Field({ label, description, constraint, error, children }: FieldProps & { readonly children: ReactNode }) {
  return (
    <FormField label={label} description={description} constraintText={constraint} errorText={error}>
      {children}
    </FormField>
  );
}

type InputSettings = Omit<InputProps, "value" | "onChange">;

/** A line of text. */
export function TextField({
  label,
  description,
  constraint,
  error,
  value,
  onChange,
  ...input
}: ValueProps<string> & InputSettings) {
  return (
    <Field label={label} description={description} constraint={constraint} error={error}>
      <Input
        autoComplete={false}
        spellcheck={false}
        {...input}
        value={value}
        onChange={({ detail }) => onChange(detail.value)}
      />
    </Field>
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
export function TextAreaField({
  label,
  description,
  constraint,
  error,
  value,
  onChange,
  ...area
}: ValueProps<string> & Omit<TextareaProps, "value" | "onChange">) {
  return (
    <Field label={label} description={description} constraint={constraint} error={error}>
      <Textarea spellcheck={false} {...area} value={value} onChange={({ detail }) => onChange(detail.value)} />
    </Field>
  );
}

interface SelectFieldProps<V extends string> extends ValueProps<V>, Omit<SelectProps, "selectedOption" | "onChange"> {
  readonly options: SelectProps.Options;
}

/** One of some options, known by their values. A value that is none of them is shown as it is; an empty one selects nothing. */
export function SelectField<V extends string>({
  label,
  description,
  constraint,
  error,
  value,
  onChange,
  ...select
}: SelectFieldProps<V>) {
  const options = select.options.flatMap((option) => ("options" in option ? option.options : [option]));
  return (
    <Field label={label} description={description} constraint={constraint} error={error}>
      <Select
        {...select}
        selectedOption={options.find((option) => option.value === value) ?? (value === "" ? null : { value })}
        onChange={({ detail }) => onChange(detail.selectedOption.value as V)}
      />
    </Field>
  );
}

interface MultiselectFieldProps
  extends Omit<ValueProps<readonly string[]>, "value">,
    Omit<MultiselectProps, "selectedOptions" | "onChange"> {
  readonly options: readonly MultiselectProps.Option[];
  readonly values: readonly string[];
}

/** Some of some options, known by their values. A value that is none of them is shown as it is. */
export function MultiselectField({
  label,
  description,
  constraint,
  error,
  values,
  onChange,
  ...select
}: MultiselectFieldProps) {
  const { options } = select;
  return (
    <Field label={label} description={description} constraint={constraint} error={error}>
      <Multiselect
        filteringType="auto"
        {...select}
        selectedOptions={values.map((value) => options.find((option) => option.value === value) ?? { value })}
        onChange={({ detail }) => onChange(detail.selectedOptions.map(({ value = "" }) => value))}
      />
    </Field>
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
